//! How starts and finishes are paired, whatever a connection sends.

use std::fmt::{self, Display};
use std::sync::Arc;

use diesel_doctor_core::reporters::Silent;
use diesel_doctor_core::{CallSites, Dialect, Doctor, DoctorBuilder, ErrorClass, Profile, Recorder, Report};

/// Prints as Diesel's queries do.
struct Query(&'static str);

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        f.write_str(" -- binds: ")?;
        f.write_str("[]")
    }
}

/// Prints as what async connections send at the end: the text alone.
struct Text(&'static str);

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

const A: Query = Query("SELECT a FROM t");
const B: Query = Query("SELECT b FROM t");

fn watched(dialect: Dialect) -> Recorder {
    let mut recorder = Recorder::new();
    recorder.describe("main", dialect);
    recorder
}

fn diagnose(recorder: &mut Recorder, events: impl FnOnce(&mut Recorder)) -> Report {
    let builder = DoctorBuilder::without_environment().profile(Profile::Test).reporter(Silent);
    let doctor: Arc<Doctor> = Arc::new(builder.build().unwrap());
    doctor.diagnose("events", || events(recorder)).1
}

/// Queries, unfinished and failed ones, of these events on a connection that may pipeline.
#[track_caller]
fn check(events: impl FnOnce(&mut Recorder), expected: (u64, u64, u64)) {
    let report = diagnose(&mut watched(Dialect::PostgreSql), events);
    assert_eq!(counts(&report), expected, "{report}");
}

fn counts(report: &Report) -> (u64, u64, u64) {
    let evidence = report.evidence();
    (evidence.queries, evidence.unfinished, evidence.failed)
}

#[test]
fn a_finish_without_a_start_changes_nothing() {
    let events = |recorder: &mut Recorder| {
        recorder.finish_query(&A, None);
        recorder.start_query(&A);
        recorder.finish_query(&A, None);
        recorder.finish_query(&A, Some(ErrorClass::new("NotFound")));
    };
    check(events, (1, 0, 0));
}

#[test]
fn a_query_inside_another_ends_before_it() {
    let events = |recorder: &mut Recorder| {
        recorder.start_query(&A);
        recorder.start_query(&B);
        recorder.finish_query(&B, Some(ErrorClass::new("NotFound")));
        recorder.finish_query(&A, None);
    };
    check(events, (2, 0, 1));
}

#[test]
fn pipelined_queries_may_end_in_any_order() {
    let events = |recorder: &mut Recorder| {
        for query in [&A, &B, &A] {
            recorder.start_query(query);
        }
        for text in [&B, &A, &A] {
            recorder.finish_query(&Text(text.0), None);
        }
    };
    check(events, (3, 0, 0));
}

/// How many call stacks were captured of these queries, each in a scope of its own.
fn captured_on_repeats(texts: &[&'static str]) -> u64 {
    let builder = DoctorBuilder::without_environment().call_sites(CallSites::Repeats).reporter(Silent);
    let doctor = Arc::new(builder.build().unwrap());
    let mut recorder = watched(Dialect::MySql);
    let ((), report) = doctor.diagnose("page", || {
        for text in texts {
            let query = Query(text);
            doctor.diagnose("part", || {
                recorder.start_query(&query);
                recorder.finish_query(&query, None);
            });
        }
    });
    report.evidence().call_sites.captured
}

#[test]
fn what_repeats_but_for_its_values_has_a_call_site() {
    assert_eq!(captured_on_repeats(&["SELECT a FROM t WHERE b IN (?)", "SELECT a FROM t WHERE b IN (?, ?)"]), 1);
    assert_eq!(captured_on_repeats(&["SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = 'y'"]), 1);
    assert_eq!(captured_on_repeats(&[A.0, A.0]), 1);
    assert_eq!(captured_on_repeats(&[A.0, B.0]), 0);
}

#[test]
fn a_pipeline_of_a_thousand_is_whole() {
    for texts in [[&A, &A], [&A, &B]] {
        let events = |recorder: &mut Recorder| {
            for query in texts.iter().cycle().take(1_000) {
                recorder.start_query(query);
            }
            for text in texts.iter().cycle().take(1_000) {
                recorder.finish_query(&Text(text.0), None);
            }
        };
        check(events, (1_000, 0, 0));
    }
}

#[test]
fn what_is_left_over_is_given_up_in_the_end() {
    let events = |recorder: &mut Recorder| {
        recorder.start_query(&A);
        for _ in 0..100 {
            recorder.start_query(&A);
            recorder.finish_query(&Text(A.0), None);
        }
        // It comes too late.
        recorder.finish_query(&Text(A.0), None);
    };
    check(events, (101, 1, 0));
}

#[test]
fn a_query_that_never_ends_is_unfinished_and_the_retry_is_not() {
    let events = |recorder: &mut Recorder| {
        recorder.start_query(&A);
        recorder.start_query(&A);
        recorder.finish_query(&A, None);
    };
    check(events, (2, 1, 0));
}

#[test]
fn thousands_that_never_end_are_counted_and_hide_nothing() {
    let events = |recorder: &mut Recorder| {
        for _ in 0..1_000 {
            recorder.start_query(&A);
            recorder.start_query(&B);
            recorder.finish_query(&B, None);
        }
    };
    check(events, (2_000, 1_000, 0));
}

#[test]
fn what_started_outside_the_scope_ends_inside_without_a_trace() {
    let mut recorder = watched(Dialect::PostgreSql);
    recorder.start_query(&A);
    let report = diagnose(&mut recorder, |recorder| {
        recorder.start_query(&B);
        recorder.finish_query(&Text(B.0), None);
        recorder.finish_query(&Text(A.0), Some(ErrorClass::new("NotFound")));
    });
    assert_eq!(counts(&report), (1, 0, 0), "{report}");
}

#[test]
fn what_ends_after_the_close_is_unfinished() {
    let mut recorder = watched(Dialect::PostgreSql);
    let report = diagnose(&mut recorder, |recorder| recorder.start_query(&A));
    recorder.finish_query(&A, None);
    assert_eq!(counts(&report), (1, 1, 0), "{report}");
}

#[test]
fn on_a_sequential_connection_a_start_gives_up_what_came_before() {
    let report = diagnose(&mut watched(Dialect::Sqlite), |recorder| {
        recorder.start_query(&A);
        recorder.start_query(&B);
        recorder.finish_query(&B, None);
        recorder.finish_query(&A, None);
    });
    assert_eq!(counts(&report), (2, 1, 0), "{report}");
}
