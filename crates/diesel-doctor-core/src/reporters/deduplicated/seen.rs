//! Remembers what was shown, and counts how often it came.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use diesel_doctor_analysis::{Ending, Report, Severity, Verdict};

use super::news::{Blindness, News, Place, Warning, place, warning};
use crate::reporters::summary::{Repeated, Summary};

/// The largest number of findings that are told apart; also of blind scopes by name, of warnings, and of scopes whose unused
/// allowances are kept.
pub(super) const CAPACITY: usize = 4_096;

/// The sum of all reports so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    totals: Summary,
    findings: HashMap<Place, Known>,
    blind: HashSet<(String, Blindness)>,
    warnings: HashSet<Warning>,
    /// By the name of a scope, the allowances that none of its runs has needed.
    unused_allowances: HashMap<String, Vec<String>>,
}

#[derive(Debug)]
struct Known {
    shown: Option<Severity>,
    repeated: Repeated,
}

impl Seen {
    /// Counts a report and returns what is new in it. `connections` is how many connections the process has watched so far.
    pub(super) fn count(&mut self, report: &Report, connections: u64) -> Option<News> {
        let verdict = report.verdict();
        self.totals.count(report, &verdict);
        let mut news = News::default();
        for finding in report.findings() {
            let place = place(&report.scope, finding);
            let room = self.findings.len() < CAPACITY;
            let known = match self.findings.entry(place.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) if room => free.insert(Known { shown: None, repeated: Repeated::new(finding) }),
                Entry::Vacant(_) => {
                    self.totals.not_told_apart = self.totals.not_told_apart.saturating_add(1);
                    continue;
                }
            };
            known.repeated.count(report, finding);
            if known.shown < Some(finding.severity) {
                news.findings.insert(place, known.shown.replace(finding.severity));
            }
        }
        if matches!(verdict, Verdict::Blind(_)) {
            self.look_into_blindness(report, connections, &mut news);
        } else {
            self.look_into_allowances(report);
        }
        for text in &report.evidence().warnings {
            let warning = warning(&report.scope, text);
            if self.is_first(|seen| &mut seen.warnings, &warning) {
                news.warnings.insert(warning);
            }
        }
        let is_empty = news.findings.is_empty() && news.blindness.is_none() && news.warnings.is_empty();
        (!is_empty).then_some(news)
    }

    fn look_into_blindness(&mut self, report: &Report, connections: u64, news: &mut News) {
        let blindness = match (report.evidence().connections.is_empty(), report.evidence().blinded) {
            (true, _) => Blindness::NoConnection,
            (false, 1..) => Blindness::Replaced,
            (false, 0) => Blindness::NotExamined,
        };
        if blindness == Blindness::NoConnection && connections > 0 && report.unscoped_meanwhile() == 0 {
            return;
        }
        let blind = (report.scope.clone(), blindness);
        if self.is_first(|seen| &mut seen.blind, &blind) {
            news.blindness = Some(blind);
        }
    }

    /// Removes the allowances that this run needed from those that no earlier run of the scope needed.
    fn look_into_allowances(&mut self, report: &Report) {
        let evidence = report.evidence();
        if report.ending() != Ending::Closed && evidence.allowed_findings == 0 {
            // A scope that was not closed does not list its unused allowances, and this one has used none so far.
            return;
        }
        let room = self.unused_allowances.len() < CAPACITY;
        match self.unused_allowances.entry(report.scope.clone()) {
            Entry::Occupied(mut unused) => unused.get_mut().retain(|one| evidence.unused_allowances.contains(one)),
            Entry::Vacant(free) if room => drop(free.insert(evidence.unused_allowances.clone())),
            Entry::Vacant(_) if evidence.unused_allowances.is_empty() => {}
            Entry::Vacant(_) => self.totals.not_shown = self.totals.not_shown.saturating_add(1),
        }
    }

    /// Whether the table did not contain this yet. If the table is full, it is only counted.
    fn is_first<T: Clone + Eq + Hash>(&mut self, table: impl Fn(&mut Self) -> &mut HashSet<T>, what: &T) -> bool {
        let known = table(self);
        if known.len() < CAPACITY {
            return known.insert(what.clone());
        }
        if !known.contains(what) {
            self.totals.not_shown = self.totals.not_shown.saturating_add(1);
        }
        false
    }

    /// Takes the news back, because it was not shown.
    pub(super) fn forget(&mut self, news: &News) {
        for (place, before) in &news.findings {
            if let Some(known) = self.findings.get_mut(place) {
                known.shown = *before;
            }
        }
        if let Some(blind) = &news.blindness {
            self.blind.remove(blind);
        }
        for warning in &news.warnings {
            self.warnings.remove(warning);
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let mut summary = self.totals.clone();
        summary.findings = self.findings.values().map(|known| known.repeated.clone()).collect();
        let unused = self.unused_allowances.iter().filter(|(_, unused)| !unused.is_empty());
        summary.unused_allowances = unused.map(|(scope, unused)| (scope.clone(), unused.clone())).collect();
        summary.sort();
        summary
    }
}
