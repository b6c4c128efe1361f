//! Connections that went blind: a scope that could rely on one is not clean.

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel_doctor::{DoctorInstrumentation, Report, Verdict, diagnose, install};

/// A hook of somebody else's, which does not hand on to ours.
fn stranger(_: InstrumentationEvent<'_>) {}

fn open() -> SqliteConnection {
    SqliteConnection::establish(":memory:").unwrap()
}

fn ask(conn: &mut SqliteConnection) {
    diesel::sql_query("SELECT 1").execute(conn).unwrap();
}

fn is_blind(report: &Report) -> bool {
    matches!(report.verdict(), Verdict::Blind(_))
}

/// On a thread of its own, as each test is: what went blind on one thread is no other's doing.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // Somebody may have installed it already; which test runs first is open.
    let _ = install();
    std::thread::scope(|threads| threads.spawn(work).join().unwrap())
}

#[test]
fn a_fresh_instrumentation_on_one_connection_excuses_no_strangers_on_another() {
    apart(|| {
        let (mut replica, mut main, mut third) = (open(), open(), open());
        let ((), report) = diagnose("page", || {
            replica.set_instrumentation(DoctorInstrumentation::new());
            main.set_instrumentation(DoctorInstrumentation::new());
            main.set_instrumentation(stranger);
            ask(&mut main);
            ask(&mut third);
        });
        assert!(is_blind(&report), "{report}");
    });
}

#[test]
fn ours_in_place_of_ours_is_no_loss() {
    apart(|| {
        let (mut main, mut third) = (open(), open());
        let ((), report) = diagnose("page", || {
            main.set_instrumentation(DoctorInstrumentation::chain(stranger));
            ask(&mut main);
            ask(&mut third);
        });
        assert_eq!((report.verdict(), report.query_count()), (Verdict::Clean, 2), "{report}");
    });
}

#[test]
fn what_went_blind_before_the_scope_was_opened_counts_too() {
    apart(|| {
        let (mut blind, mut third) = (open(), open());
        blind.set_instrumentation(stranger);
        let ((), report) = diagnose("later", || {
            ask(&mut blind);
            ask(&mut third);
        });
        assert_eq!(report.query_count(), 1);
        assert!(is_blind(&report), "{report}");
    });
    apart(|| {
        let mut third = open();
        let ((), report) = diagnose("on another thread", || ask(&mut third));
        assert_eq!(report.verdict(), Verdict::Clean, "{report}");
    });
}

#[test]
fn a_connection_that_is_closed_is_no_loss() {
    apart(|| {
        drop(open());
        let ((), report) = diagnose("page", || {
            let mut conn = open();
            ask(&mut conn);
            drop(conn);
        });
        assert_eq!((report.verdict(), report.query_count()), (Verdict::Clean, 1), "{report}");
    });
}
