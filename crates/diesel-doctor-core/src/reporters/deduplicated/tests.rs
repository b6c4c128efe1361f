//! Tests of what is shown, what is only counted, and what is shown again.

use std::io;
use std::sync::{Mutex, PoisonError};

use diesel_doctor_analysis::render::{fixtures, json};
use diesel_doctor_analysis::{
    Dialect, Ending, Finding, Prescription, Report, ReportParts, Severity, Statement, Verdict,
};

use super::Deduplicated;
use super::seen::Seen;
use crate::reporters::{Memory, Reporter};

/// The report after this change.
fn but(report: Report, change: impl FnOnce(&mut ReportParts)) -> Report {
    let mut parts = report.into_parts();
    change(&mut parts);
    Report::from_parts(parts)
}

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

/// The report with this warning in its evidence.
fn warning(report: Report, warning: &str) -> Report {
    but(report, |report| report.evidence.warnings = vec![warning.to_owned()])
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
    assert!(json::array(&shown[1..2]).contains("\"verdict\":\"findings\""));
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
        let mut finding = fixtures::n_plus_one();
        finding.severity = severity;
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
    let nowhere = fixtures::without_place(fixtures::n_plus_one());
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
    let report = but(fixtures::clean("GET /a", 2), |report| report.evidence.warnings = both.to_vec());
    deduplicated.report(&report).unwrap();
    assert_eq!(memory.take()[0].evidence().warnings, ["a hook is gone"], "without the one that was shown before");
}

/// A clean report of a scope with these unused allowances.
fn allows(scope: &str, unused: &[&str]) -> Report {
    let unused = unused.iter().map(|&unused| unused.to_owned()).collect();
    but(fixtures::clean(scope, 2), |report| report.evidence.unused_allowances = unused)
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
    let dropped = but(allows("dropped", &[]), |report| report.ending = Ending::Dropped);
    deduplicated.report(&dropped).unwrap();
    deduplicated.report(&allows("dropped", &["n-plus-one (here)"])).unwrap();
    let blind = but(allows("blind", &["n-plus-one (unseen)"]), |report| {
        report.evidence.connections.clear();
        report.unscoped_meanwhile = 1;
    });
    deduplicated.report(&blind).unwrap();
    let expected = [("dropped", "n-plus-one (here)"), ("page", "n-plus-one (short)")];
    let expected = expected.map(|(scope, unused)| (scope.to_owned(), vec![unused.to_owned()]));
    assert_eq!(deduplicated.summary().unused_allowances, expected.into());
    assert_eq!(memory.take().len(), 1, "the blind one: no single run says that an allowance is needless");

    let dropped = but(dropped, |report| report.evidence.allowed_findings = 1);
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
    let inner = but(report("author", vec![fixtures::n_plus_one()]), |report| report.is_inner = true);
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
        let report = warning(fixtures::clean(&format!("GET /{number}"), 1), "a guard was held");
        let report = but(report, |report| report.evidence.blinded = 1);
        deduplicated.report(&report).unwrap();
    }
    assert_eq!(memory.reports().len() as u64 + memory.let_go(), capacity as u64);
    assert_eq!(deduplicated.summary().not_shown, 4);
    let known = warning(fixtures::clean("GET /0", 1), "a guard was held");
    let known = but(known, |report| report.evidence.blinded = 1);
    deduplicated.report(&known).unwrap();
    assert_eq!(deduplicated.summary().not_shown, 4, "what was shown before is none of them");
}

#[test]
fn a_scope_without_a_connection_is_shown_once_when_something_may_have_been_missed() {
    let mut seen = Seen::default();
    let mut report = |scope, connections, unscoped| {
        let blind = but(fixtures::clean(scope, 0), |report| {
            report.evidence.connections.clear();
            report.unscoped_meanwhile = unscoped;
        });
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
        let replaced = but(fixtures::clean(scope, 3), |report| report.evidence.blinded = 1);
        deduplicated.report(&replaced).unwrap();
    }
    assert_eq!(memory.reports().len(), 2);
}
