//! The reporter that shows a finding once and counts it from then on: for programs that run for long.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Reporter;
use super::summary::{Repeated, Summary};
use crate::finding::FindingKey;
use crate::health::Health;
use crate::report::{Ending, Report, Verdict, counted};
use crate::worker;

/// Passes each finding on once, by its key, and counts it from then on. Reports in which nothing is new are only counted.
///
/// It is a handle: its clones count together. A report is passed on with the findings that are new, and says how many were left out.
/// When the reporter behind it fails, what it was to show counts as new again.
///
/// A scope that saw no watched connection is passed on, once for each name, where there is reason to think that something was missed:
/// when the process has no watched connection at all, or when queries ran outside any scope meanwhile. Any other blindness is passed on
/// once for each name, too, and so is each warning of the evidence. What a scope allows without need is left out: another run of the same
/// code may need it.
///
/// ```
/// use diesel_doctor_core::reporters::{Deduplicated, TextReporter};
/// use diesel_doctor_core::{Doctor, Profile};
///
/// let findings = Deduplicated::new(TextReporter::stderr());
/// let doctor = Doctor::builder().profile(Profile::Production).reporter(findings.clone()).build()?;
/// // … and when the program ends:
/// eprint!("{}", findings.summary());
/// # drop(doctor);
/// # Ok::<(), diesel_doctor_core::BuildError>(())
/// ```
#[derive(Debug)]
pub struct Deduplicated<R> {
    shared: Arc<Shared<R>>,
}

#[derive(Debug)]
struct Shared<R> {
    reporter: R,
    before: Health,
    seen: Mutex<Seen>,
}

impl<R> Clone for Deduplicated<R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<R> Deduplicated<R> {
    /// How many keys it tells apart, how many blind scopes by name, and how many warnings. What is beyond is only counted, and the summary
    /// says so.
    pub const CAPACITY: usize = 4_096;

    /// One that passes on to `reporter`.
    pub fn new(reporter: R) -> Self {
        let before = Health::of_process();
        let seen = Seen { missed: Missed::by(&before), ..Seen::default() };
        Self { shared: Arc::new(Shared { reporter, before, seen: Mutex::new(seen) }) }
    }

    /// What was counted so far.
    pub fn summary(&self) -> Summary {
        // In this order: a report that is finished meanwhile is counted twice, and not left out.
        let pending = worker::pending();
        let Health { not_analysed, not_reported, .. } = Health::of_process();
        let before = &self.shared.before;
        Summary {
            not_analysed: not_analysed.saturating_sub(before.not_analysed),
            not_reported: not_reported.saturating_sub(before.not_reported),
            pending,
            ..self.seen().summary()
        }
    }

    /// No code but ours runs under the lock, so a poisoned one guards sound contents.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Reporter> Reporter for Deduplicated<R> {
    fn report(&self, report: &Report) -> io::Result<()> {
        if report.ending() == Ending::Off {
            return Ok(());
        }
        let missed =
            if report.evidence().connections.is_empty() { Some(Missed::by(&Health::of_process())) } else { None };
        let Some(news) = self.seen().count(report, missed) else { return Ok(()) };
        let shown = ShownUnless { deduplicated: self, news: Some(&news) };
        self.shared.reporter.report(&news.report(report))?;
        shown.done();
        Ok(())
    }

    /// It counts them.
    fn wants_repetitions(&self) -> bool {
        true
    }
}

/// Makes news new again unless it was shown, also when the reporter panics.
struct ShownUnless<'a, R> {
    deduplicated: &'a Deduplicated<R>,
    news: Option<&'a News>,
}

impl<R> ShownUnless<'_, R> {
    fn done(mut self) {
        self.news = None;
    }
}

impl<R> Drop for ShownUnless<'_, R> {
    fn drop(&mut self) {
        if let Some(news) = self.news {
            self.deduplicated.seen().forget(news);
        }
    }
}

/// Queries of the process that no scope saw, and whether any connection is watched.
#[derive(Clone, Copy, Debug, Default)]
struct Missed {
    watches: bool,
    queries: u64,
}

impl Missed {
    fn by(health: &Health) -> Self {
        Self { watches: health.connections > 0, queries: health.unscoped }
    }
}

/// Why nothing can be said of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Blindness {
    NoConnection,
    Replaced,
    NotExamined,
}

/// What is new in a report.
#[derive(Debug, Default)]
struct News {
    keys: HashSet<FindingKey>,
    warnings: HashSet<String>,
    blindness: Option<(String, Blindness)>,
    note: Option<String>,
}

impl News {
    /// The report with nothing else in it.
    fn report(&self, report: &Report) -> Report {
        let mut news = report.clone();
        news.findings.retain(|finding| self.keys.contains(finding.key()));
        let left_out = report.findings().len().saturating_sub(news.findings.len()) as u64;
        if left_out > 0 {
            news.evidence.notes.push(format!("{} left out, shown before", counted(left_out, "finding")));
        }
        news.evidence.notes.extend(self.note.clone());
        news.evidence.warnings.retain(|warning| self.warnings.contains(warning));
        news.evidence.unused_allowances.clear();
        news
    }
}

#[derive(Debug, Default)]
struct Seen {
    totals: Summary,
    findings: HashMap<FindingKey, Known>,
    blind: HashSet<(String, Blindness)>,
    warnings: HashSet<String>,
    missed: Missed,
}

#[derive(Debug)]
struct Known {
    shown: bool,
    repeated: Repeated,
}

impl Seen {
    /// Counts a report; what is new in it comes back.
    fn count(&mut self, report: &Report, missed: Option<Missed>) -> Option<News> {
        let verdict = report.verdict();
        self.totals.count(report, &verdict);
        let mut news = News::default();
        for finding in report.findings() {
            let room = self.findings.len() < Deduplicated::<()>::CAPACITY;
            let known = match self.findings.entry(finding.key().clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) if room => free.insert(Known { shown: false, repeated: Repeated::new(finding) }),
                Entry::Vacant(_) => {
                    self.totals.not_told_apart = self.totals.not_told_apart.saturating_add(1);
                    continue;
                }
            };
            known.repeated.count(&report.scope, finding);
            if !std::mem::replace(&mut known.shown, true) {
                news.keys.insert(finding.key().clone());
            }
        }
        if matches!(verdict, Verdict::Blind(_)) {
            self.look_into_blindness(report, missed, &mut news);
        }
        for warning in &report.evidence().warnings {
            if self.is_first(|seen| &mut seen.warnings, warning) {
                news.warnings.insert(warning.clone());
            }
        }
        let is_empty = news.keys.is_empty() && news.blindness.is_none() && news.warnings.is_empty();
        (!is_empty).then_some(news)
    }

    fn look_into_blindness(&mut self, report: &Report, missed: Option<Missed>, news: &mut News) {
        let blindness = match (missed, report.evidence().blinded) {
            (Some(_), _) => Blindness::NoConnection,
            (None, 1..) => Blindness::Replaced,
            (None, 0) => Blindness::NotExamined,
        };
        if let Some(missed) = missed {
            let queries = missed.queries.saturating_sub(self.missed.queries);
            self.missed = missed;
            if missed.watches && queries == 0 {
                return;
            }
            if queries > 0 {
                news.note =
                    Some(format!("{} of this process ran outside any scope meanwhile", counted(queries, "query")));
            }
        }
        let blind = (report.scope.clone(), blindness);
        if self.is_first(|seen| &mut seen.blind, &blind) {
            news.blindness = Some(blind);
        }
    }

    /// Whether a table did not know this. What it has no room for is counted.
    fn is_first<T: Clone + Eq + Hash>(&mut self, table: impl Fn(&mut Self) -> &mut HashSet<T>, what: &T) -> bool {
        let known = table(self);
        if known.len() < Deduplicated::<()>::CAPACITY {
            return known.insert(what.clone());
        }
        if !known.contains(what) {
            self.totals.not_shown = self.totals.not_shown.saturating_add(1);
        }
        false
    }

    /// What was to be shown was not.
    fn forget(&mut self, news: &News) {
        for key in &news.keys {
            if let Some(known) = self.findings.get_mut(key) {
                known.shown = false;
            }
        }
        if let Some(blind) = &news.blindness {
            self.blind.remove(blind);
        }
        for warning in &news.warnings {
            self.warnings.remove(warning);
        }
    }

    fn summary(&self) -> Summary {
        let mut summary = self.totals.clone();
        summary.findings = self.findings.values().map(|known| known.repeated.clone()).collect();
        summary.sort();
        summary
    }
}

#[cfg(test)]
mod tests {
    use diesel_doctor_sql::{Dialect, Statement};

    use super::*;
    use crate::reporters::{Memory, fixtures};
    use crate::{Finding, Prescription};

    /// A report with the findings of these rules.
    fn report(scope: &str, findings: Vec<Finding>) -> Report {
        let mut report = fixtures::with_findings(findings);
        report.scope = scope.to_owned();
        report
    }

    fn rules(report: &Report) -> Vec<&str> {
        report.findings().iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn a_finding_is_shown_once_and_then_counted() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        for scope in ["GET /a", "GET /b", "GET /a"] {
            deduplicated.clone().report(&report(scope, vec![fixtures::n_plus_one()])).unwrap();
        }
        let shown = memory.take();
        assert_eq!(shown.iter().map(|report| report.scope.as_str()).collect::<Vec<_>>(), ["GET /a"]);
        let summary = deduplicated.summary();
        assert_eq!((summary.reports, summary.with_findings, summary.clean, summary.blind), (3, 3, 0, 0));
        assert_eq!((summary.queries, summary.findings.len()), (69, 1));
        let finding = &summary.findings[0];
        assert_eq!((finding.reports, finding.queries, finding.scopes.len()), (3, 60, 2));
    }

    #[test]
    fn what_is_new_is_shown_without_what_was_shown_before() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        deduplicated.report(&report("GET /a", vec![fixtures::n_plus_one()])).unwrap();
        deduplicated.report(&report("GET /b", vec![fixtures::n_plus_one(), fixtures::duplicate()])).unwrap();
        let shown = memory.take();
        assert_eq!(shown.iter().map(rules).collect::<Vec<_>>(), [["n-plus-one"], ["duplicate-query"]]);
        assert_eq!(shown[1].evidence().notes, ["1 finding left out, shown before"]);
    }

    #[test]
    fn a_warning_is_shown_once_and_allowances_are_left_to_other_runs() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let mut report = fixtures::clean("GET /", 2);
        report.evidence.unused_allowances = vec!["n-plus-one (short)".to_owned()];
        deduplicated.report(&report).unwrap();
        assert_eq!(memory.take().len(), 0);
        for warning in ["a guard was held", "a guard was held", "no such rule"] {
            report.evidence.warnings.push(warning.to_owned());
            deduplicated.report(&report).unwrap();
        }
        let shown = memory.take();
        let warnings: Vec<_> = shown.iter().map(|report| report.evidence().warnings.clone()).collect();
        assert_eq!(warnings, [["a guard was held"], ["no such rule"]]);
        assert!(shown.iter().all(|report| report.evidence().unused_allowances.is_empty()));
    }

    #[test]
    fn clean_reports_are_only_counted() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        deduplicated.report(&fixtures::clean("GET /", 2)).unwrap();
        assert_eq!(memory.reports().len(), 0);
        assert_eq!((deduplicated.summary().clean, deduplicated.summary().queries), (1, 2));
    }

    #[test]
    fn a_reporter_that_fails_or_panics_gets_the_finding_again() {
        #[derive(Debug)]
        struct ThirdTime(Mutex<u8>, Memory);
        impl Reporter for ThirdTime {
            fn report(&self, report: &Report) -> io::Result<()> {
                let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                *times += 1;
                match *times {
                    1 => Err(io::ErrorKind::StorageFull.into()),
                    2 => panic!("of the reporter"),
                    _ => self.1.report(report),
                }
            }
        }

        let memory = Memory::new();
        let deduplicated = Deduplicated::new(ThirdTime(Mutex::new(0), memory.clone()));
        let report = report("GET /a", vec![fixtures::n_plus_one()]);
        assert!(deduplicated.report(&report).is_err());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| deduplicated.report(&report))).unwrap_err();
        assert_eq!(memory.reports().len(), 0);
        for _ in 0..2 {
            deduplicated.report(&report).unwrap();
        }
        assert_eq!(memory.reports().len(), 1);
        assert_eq!(deduplicated.summary().findings[0].reports, 4);
    }

    #[test]
    fn memory_is_bounded_and_what_is_beyond_is_counted() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let beyond = 10;
        for number in 0..Deduplicated::<()>::CAPACITY + beyond {
            let statement = Statement::new(&format!("SELECT * FROM table{number}"), Dialect::Sqlite);
            let finding =
                Finding::new(&fixtures::DUPLICATE, "again".to_owned(), statement, Prescription::new("load it once"));
            deduplicated.report(&report("GET /", vec![finding])).unwrap();
        }
        let summary = deduplicated.summary();
        assert_eq!(summary.findings.len(), Deduplicated::<()>::CAPACITY);
        assert_eq!(summary.not_told_apart, beyond as u64);
        assert_eq!(memory.reports().len() as u64 + memory.let_go(), Deduplicated::<()>::CAPACITY as u64);
    }

    #[test]
    fn blind_scopes_and_warnings_beyond_the_bounds_are_counted() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let capacity = Deduplicated::<()>::CAPACITY;
        for number in 0..capacity + 2 {
            let mut report = fixtures::clean(&format!("GET /{number}"), 1);
            report.evidence.blinded = 1;
            report.evidence.warnings = vec![format!("warning {number}")];
            deduplicated.report(&report).unwrap();
        }
        assert_eq!(memory.reports().len() as u64 + memory.let_go(), capacity as u64);
        assert_eq!(deduplicated.summary().not_shown, 4);
        let mut known = fixtures::clean("GET /0", 1);
        known.evidence.blinded = 1;
        known.evidence.warnings = vec!["warning 0".to_owned()];
        deduplicated.report(&known).unwrap();
        assert_eq!(deduplicated.summary().not_shown, 4, "what was shown before is none of them");
    }

    #[test]
    fn a_scope_without_a_connection_is_shown_once_when_something_may_have_been_missed() {
        let mut blind = fixtures::clean("GET /health", 0);
        blind.evidence.connections.clear();
        let mut seen = Seen { missed: Missed { watches: true, queries: 5 }, ..Seen::default() };
        let mut news = |watches, queries| seen.count(&blind, Some(Missed { watches, queries }));
        assert!(news(true, 5).is_none(), "it asks the database nothing, and others are seen to");
        let shown = news(true, 7).unwrap().report(&blind);
        assert_eq!(shown.evidence().notes, ["2 queries of this process ran outside any scope meanwhile"]);
        assert!(news(true, 9).is_none(), "once for each name");
        assert_eq!(seen.summary().blind, 3);

        let mut nothing_watched = Seen::default();
        assert!(nothing_watched.count(&blind, Some(Missed::default())).is_some(), "install() was never called");
    }

    #[test]
    fn other_blindness_is_shown_once_for_each_name() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        for scope in ["GET /a", "GET /a", "GET /b"] {
            let mut replaced = fixtures::clean(scope, 3);
            replaced.evidence.blinded = 1;
            deduplicated.report(&replaced).unwrap();
        }
        assert_eq!(memory.reports().len(), 2);
    }
}
