//! The reporter that shows a finding once and counts it from then on: for programs that run for long.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Reporter;
use super::summary::{Repeated, Summary};
use crate::finding::{Finding, FindingKey};
use crate::health::COUNTERS;
use crate::report::{Ending, Report, Verdict, counted};
use crate::rule::Severity;
use crate::worker;

/// Passes each finding on once, by its key, and counts it from then on; once more when it comes with a worse severity. A finding of which no
/// function is known is told apart by its scope, too. Reports in which nothing is new are only counted.
///
/// It is a handle: its clones count together. A report is passed on with the findings that are new; it says how many were left out, and they
/// count in its verdict. When the reporter behind it fails, what it was to show counts as new again.
///
/// A scope that saw no watched connection is passed on, once for each name, where there is reason to think that something was missed:
/// when the process has no watched connection at all, or when queries ran outside any scope while it was open. Any other blindness is passed
/// on once for each name, too, and so is each warning of the evidence, whatever it counts.
///
/// What a scope allows without need is left out, because another run of the same code may need it. What all closed scopes of a name allowed
/// without need stands [in the summary](Summary::unused_allowances).
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
    before: Overload,
    seen: Mutex<Seen>,
}

impl<R> Clone for Deduplicated<R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<R> Deduplicated<R> {
    /// How many findings it tells apart, how many blind scopes by name, how many warnings, and of how many scopes it knows what they allow
    /// without need. What is beyond is only counted, and the summary says so.
    pub const CAPACITY: usize = 4_096;

    /// One that passes on to `reporter`.
    pub fn new(reporter: R) -> Self {
        Self { shared: Arc::new(Shared { reporter, before: Overload::of_process(), seen: Mutex::default() }) }
    }

    /// What was counted so far.
    pub fn summary(&self) -> Summary {
        // In this order: a report that is finished meanwhile is counted twice, and not left out.
        let pending = worker::pending();
        let Overload { not_analysed, not_reported } = Overload::of_process();
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
        let Some(news) = self.seen().count(report, COUNTERS.connections.get()) else { return Ok(()) };
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

/// What the process had too much of.
#[derive(Debug)]
struct Overload {
    not_analysed: u64,
    not_reported: u64,
}

impl Overload {
    fn of_process() -> Self {
        Self { not_analysed: COUNTERS.not_analysed.get(), not_reported: COUNTERS.not_reported.get() }
    }
}

/// Why nothing can be said of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Blindness {
    NoConnection,
    Replaced,
    NotExamined,
}

/// A finding, and the scope where it does not say itself where it is.
type Place = (FindingKey, Option<String>);

fn place(scope: &str, finding: &Finding) -> Place {
    let key = finding.key();
    (key.clone(), (!key.has_function()).then(|| scope.to_owned()))
}

/// A scope, and a warning without its counts and what they count: the next run has others.
type Warning = (String, String);

fn warning(scope: &str, text: &str) -> Warning {
    let mut words = text.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            words.next();
        } else {
            kept.push(word);
        }
    }
    (scope.to_owned(), kept.join(" "))
}

/// What is new in a report.
#[derive(Debug, Default)]
struct News {
    /// With the severity that was shown before.
    findings: HashMap<Place, Option<Severity>>,
    warnings: HashSet<Warning>,
    blindness: Option<(String, Blindness)>,
}

impl News {
    /// The report with nothing else in it.
    fn report(&self, report: &Report) -> Report {
        let mut news = report.clone();
        let is_new = |finding: &Finding| self.findings.contains_key(&place(&report.scope, finding));
        (news.findings, news.left_out) = news.findings.into_iter().partition(is_new);
        let evidence = &mut news.evidence;
        if !news.left_out.is_empty() {
            let known = counted(news.left_out.len() as u64, "finding");
            evidence.notes.push(format!("{known} left out, shown before"));
        }
        if let (Some((_, Blindness::NoConnection)), unscoped @ 1..) = (&self.blindness, news.unscoped_meanwhile) {
            let queries = counted(unscoped, "query");
            evidence.notes.push(format!("{queries} of this process ran outside any scope meanwhile"));
        }
        evidence.warnings.retain(|text| self.warnings.contains(&warning(&report.scope, text)));
        evidence.unused_allowances.clear();
        news
    }
}

#[derive(Debug, Default)]
struct Seen {
    totals: Summary,
    findings: HashMap<Place, Known>,
    blind: HashSet<(String, Blindness)>,
    warnings: HashSet<Warning>,
    /// What all runs of a scope allowed without need, by its name.
    unused_allowances: HashMap<String, Vec<String>>,
}

#[derive(Debug)]
struct Known {
    shown: Option<Severity>,
    repeated: Repeated,
}

impl Seen {
    /// Counts a report; what is new in it comes back. `connections` are those that the process has watched so far.
    fn count(&mut self, report: &Report, connections: u64) -> Option<News> {
        let verdict = report.verdict();
        self.totals.count(report, &verdict);
        let mut news = News::default();
        for finding in report.findings() {
            let place = place(&report.scope, finding);
            let room = self.findings.len() < Deduplicated::<()>::CAPACITY;
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
        if blindness == Blindness::NoConnection && connections > 0 && report.unscoped_meanwhile == 0 {
            return;
        }
        let blind = (report.scope.clone(), blindness);
        if self.is_first(|seen| &mut seen.blind, &blind) {
            news.blindness = Some(blind);
        }
    }

    /// Crosses out what this run needed of what all runs of the scope before allowed without need.
    fn look_into_allowances(&mut self, report: &Report) {
        let evidence = report.evidence();
        if report.ending() != Ending::Closed && evidence.allowed_findings == 0 {
            // It says nothing of what it allows, and needed none of it so far.
            return;
        }
        let room = self.unused_allowances.len() < Deduplicated::<()>::CAPACITY;
        match self.unused_allowances.entry(report.scope.clone()) {
            Entry::Occupied(mut unused) => unused.get_mut().retain(|one| evidence.unused_allowances.contains(one)),
            Entry::Vacant(free) if room => drop(free.insert(evidence.unused_allowances.clone())),
            Entry::Vacant(_) if evidence.unused_allowances.is_empty() => {}
            Entry::Vacant(_) => self.totals.not_shown = self.totals.not_shown.saturating_add(1),
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

    fn summary(&self) -> Summary {
        let mut summary = self.totals.clone();
        summary.findings = self.findings.values().map(|known| known.repeated.clone()).collect();
        let unused = self.unused_allowances.iter().filter(|(_, unused)| !unused.is_empty());
        summary.unused_allowances = unused.map(|(scope, unused)| (scope.clone(), unused.clone())).collect();
        summary.sort();
        summary
    }
}

#[cfg(test)]
mod tests {
    use diesel_doctor_sql::{Dialect, Statement};

    use super::*;
    use crate::Prescription;
    use crate::reporters::{Memory, fixtures};

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

    /// A report that warns of this, beside what it found.
    fn warning(mut report: Report, warning: &str) -> Report {
        report.evidence.warnings = vec![warning.to_owned()];
        report
    }

    #[test]
    fn what_was_shown_before_still_counts_in_the_verdict() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let known = || report("GET /", vec![fixtures::n_plus_one()]);
        deduplicated.report(&known()).unwrap();
        deduplicated.report(&warning(known(), "a guard was held")).unwrap();
        deduplicated.report(&report("GET /", vec![fixtures::n_plus_one(), fixtures::duplicate()])).unwrap();
        let shown = memory.take();
        assert_eq!(shown.iter().map(|report| report.findings().len()).collect::<Vec<_>>(), [1, 0, 1]);
        assert!(shown.iter().all(|report| report.verdict() == Verdict::Findings));
        let text = shown[1].to_string();
        assert!(text.starts_with("diesel-doctor: GET /: 1 finding shown before in 23 queries\n"), "{text}");
        assert!(text.contains("\nwarning: a guard was held\n"), "{text}");
        assert!(crate::reporters::json::array(&shown[1..2]).contains("\"verdict\":\"findings\""));
        assert_eq!(rules(&shown[2]), ["duplicate-query"], "an info is new, and the warning is known");

        let info = || report("GET /info", vec![fixtures::duplicate()]);
        deduplicated.report(&warning(info(), "a guard was held")).unwrap();
        assert_eq!(memory.take()[0].verdict(), Verdict::Clean, "what only informs is no finding that warns");
    }

    #[test]
    fn what_got_worse_is_shown_again() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        for severity in [Severity::Info, Severity::Warning, Severity::Info, Severity::Warning, Severity::Error] {
            let finding = Finding { severity, ..fixtures::n_plus_one() };
            deduplicated.report(&report("GET /", vec![finding])).unwrap();
        }
        let shown: Vec<_> = memory.take().iter().map(|report| report.findings()[0].severity).collect();
        assert_eq!(shown, [Severity::Info, Severity::Warning, Severity::Error]);
        let summary = deduplicated.summary();
        assert_eq!((summary.findings.len(), summary.findings[0].reports), (1, 5));
    }

    #[test]
    fn a_finding_without_a_place_is_told_apart_by_its_scope() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let mut nowhere = fixtures::n_plus_one();
        nowhere.sites.clear();
        nowhere.settle_key(0);
        for scope in ["GET /a", "GET /b", "GET /a"] {
            deduplicated.report(&report(scope, vec![nowhere.clone()])).unwrap();
        }
        let shown: Vec<_> = memory.take().into_iter().map(|report| report.scope).collect();
        assert_eq!(shown, ["GET /a", "GET /b"]);
        let summary = deduplicated.summary();
        let findings = summary.findings.iter().map(|finding| (finding.scopes.join(" "), finding.reports));
        assert_eq!(findings.collect::<Vec<_>>(), [("GET /a".to_owned(), 2), ("GET /b".to_owned(), 1)]);
    }

    #[test]
    fn a_warning_is_shown_once_for_each_scope_whatever_it_counts() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        let report = |scope, text| deduplicated.report(&warning(fixtures::clean(scope, 2), text)).unwrap();
        report("GET /a", "1 guard of enter() was held");
        report("GET /a", "2 guards of enter() was held");
        report("GET /b", "30 guards of enter() was held");
        report("GET /a", "no such rule");
        let shown = memory.take();
        let warnings: Vec<_> = shown.iter().map(|report| report.evidence().warnings[0].as_str()).collect();
        assert_eq!(warnings, ["1 guard of enter() was held", "30 guards of enter() was held", "no such rule"]);

        let both = ["no such rule", "a hook is gone"].map(str::to_owned);
        let mut report = fixtures::clean("GET /a", 2);
        report.evidence.warnings = both.to_vec();
        deduplicated.report(&report).unwrap();
        assert_eq!(memory.take()[0].evidence().warnings, ["a hook is gone"], "without the one that was shown before");
    }

    /// A clean report of a scope that allowed this without need.
    fn allows(scope: &str, unused: &[&str]) -> Report {
        let mut report = fixtures::clean(scope, 2);
        report.evidence.unused_allowances = unused.iter().map(|&unused| unused.to_owned()).collect();
        report
    }

    #[test]
    fn what_no_run_of_a_scope_needed_to_allow_stands_in_the_summary() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        for unused in [["n-plus-one (short)", "query-loop (rare)"].as_slice(), &["n-plus-one (short)"]] {
            deduplicated.report(&allows("page", unused)).unwrap();
        }
        deduplicated.report(&allows("needed first", &[])).unwrap();
        deduplicated.report(&allows("needed first", &["n-plus-one (long)"])).unwrap();
        let mut dropped = allows("dropped", &[]);
        dropped.ending = Ending::Dropped;
        deduplicated.report(&dropped).unwrap();
        deduplicated.report(&allows("dropped", &["n-plus-one (here)"])).unwrap();
        let mut blind = allows("blind", &["n-plus-one (unseen)"]);
        blind.evidence.connections.clear();
        blind.unscoped_meanwhile = 1;
        deduplicated.report(&blind).unwrap();
        let expected = [("dropped", "n-plus-one (here)"), ("page", "n-plus-one (short)")];
        let expected = expected.map(|(scope, unused)| (scope.to_owned(), vec![unused.to_owned()]));
        assert_eq!(deduplicated.summary().unused_allowances, expected.into());
        assert_eq!(memory.take().len(), 1, "the blind one: no single run says that an allowance is needless");

        dropped.evidence.allowed_findings = 1;
        deduplicated.report(&dropped).unwrap();
        assert!(!deduplicated.summary().unused_allowances.contains_key("dropped"), "it needed something");
    }

    #[test]
    fn needless_allowances_are_not_among_what_is_shown() {
        let memory = Memory::new();
        let deduplicated = Deduplicated::new(memory.clone());
        deduplicated.report(&warning(allows("page", &["n-plus-one (short)"]), "a guard was held")).unwrap();
        assert_eq!(memory.take()[0].evidence().unused_allowances, [""; 0]);
    }

    #[test]
    fn a_scope_inside_another_counts_no_query_twice() {
        let deduplicated = Deduplicated::new(Memory::new());
        let mut inner = report("author", vec![fixtures::n_plus_one()]);
        inner.is_inner = true;
        deduplicated.report(&inner).unwrap();
        deduplicated.report(&report("GET /", vec![fixtures::n_plus_one()])).unwrap();
        let summary = deduplicated.summary();
        assert_eq!((summary.reports, summary.queries), (2, 23));
        assert_eq!((summary.findings[0].reports, summary.findings[0].queries), (2, 20));
        assert_eq!(summary.findings[0].scopes, ["author", "GET /"]);
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
            report.evidence.warnings = vec!["a guard was held".to_owned()];
            deduplicated.report(&report).unwrap();
        }
        assert_eq!(memory.reports().len() as u64 + memory.let_go(), capacity as u64);
        assert_eq!(deduplicated.summary().not_shown, 4);
        let mut known = fixtures::clean("GET /0", 1);
        known.evidence.blinded = 1;
        known.evidence.warnings = vec!["a guard was held".to_owned()];
        deduplicated.report(&known).unwrap();
        assert_eq!(deduplicated.summary().not_shown, 4, "what was shown before is none of them");
    }

    #[test]
    fn a_scope_without_a_connection_is_shown_once_when_something_may_have_been_missed() {
        let mut seen = Seen::default();
        let mut report = |scope, connections, unscoped| {
            let mut blind = fixtures::clean(scope, 0);
            blind.evidence.connections.clear();
            blind.unscoped_meanwhile = unscoped;
            seen.count(&blind, connections).map(|news| news.report(&blind).evidence().notes.clone())
        };
        assert_eq!(report("GET /health", 1, 0), None, "it asks the database nothing, and others are seen to");
        let note = "2 queries of this process ran outside any scope meanwhile";
        assert_eq!(report("GET /page", 1, 2), Some(vec![note.to_owned()]));
        assert_eq!(report("GET /health", 1, 0), None, "they were not its own");
        assert_eq!(report("GET /page", 1, 2), None, "once for each name");
        assert_eq!(report("GET /health", 0, 0), Some(Vec::new()), "install() was never called");
        assert_eq!(seen.summary().blind, 5);
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
