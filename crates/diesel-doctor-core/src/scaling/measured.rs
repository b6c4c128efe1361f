//! The queries of one round, line by line.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel_doctor_analysis::{CallSite, Fingerprint, Report, SourceFrame};

use crate::closing::Ended;
use crate::doctor::Doctor;

/// Identifies queries: by the line that makes them, or by their fingerprint where no line is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Line(Arc<str>, u32, u32),
    Fingerprint(Fingerprint),
}

/// The queries of one round.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) queries: BTreeMap<Key, Query>,
    pub(super) blindness: Option<String>,
    /// Queries of the whole process outside any scope.
    pub(super) unscoped: u64,
}

/// The queries of one line.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) site: Option<CallSite>,
    pub(super) texts: BTreeMap<Fingerprint, Text>,
}

#[derive(Debug)]
pub(super) struct Text {
    pub(super) count: u64,
    pub(super) sql: String,
}

impl Measured {
    pub(super) fn add(&mut self, ended: Ended) {
        self.unscoped = self.unscoped.saturating_add(ended.scope().unscoped_meanwhile());
        let (report, snapshot) = ended.resolve();
        self.blindness = self.blindness.take().or_else(|| blindness(&report));
        for group in snapshot.groups() {
            let line = |frame: &SourceFrame| Key::Line(Arc::clone(&frame.file), frame.line, frame.column);
            let innermost = group.site.as_ref().and_then(CallSite::innermost);
            let key = innermost.map_or(Key::Fingerprint(group.fingerprint), line);
            let query =
                self.queries.entry(key).or_insert_with(|| Query { site: group.site.clone(), texts: BTreeMap::new() });
            let text = query
                .texts
                .entry(group.fingerprint)
                .or_insert_with(|| Text { count: 0, sql: snapshot.group_statement(group).normalized().to_owned() });
            text.count = text.count.saturating_add(group.count);
        }
    }
}

/// Why the verdict on the round is blind; `None` when it is not.
fn blindness(report: &Report) -> Option<String> {
    if Doctor::of_process().is_on() { report.blindness() } else { Report::off(&report.scope).blindness() }
}
