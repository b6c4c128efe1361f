//! `install_with()` keeps the program's own default instrumentation working: process-wide, so in a binary of its own.

use std::sync::LazyLock;

use diesel::connection::Instrumentation;
use diesel::prelude::*;
use diesel_doctor::{ConnectionExt, DoctorInstrumentation, diagnose, health, install, install_with};
use diesel_doctor_tests::events::{Events, Recorder};

static EVENTS: LazyLock<Events> = LazyLock::new(Events::default);

#[expect(clippy::unnecessary_wraps, reason = "the signature is Diesel's")]
fn theirs() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(Recorder::new(&EVENTS)))
}

/// A hook of theirs that has one of ours inside.
fn theirs_with_ours_inside() -> Option<Box<dyn Instrumentation>> {
    let mut inner = DoctorInstrumentation::chain_boxed(theirs()?);
    Some(Box::new(move |event: diesel::connection::InstrumentationEvent<'_>| inner.on_connection_event(event)))
}

#[test]
fn a_chained_default_hears_everything_in_order_and_nothing_counts_twice() {
    for constructor in [theirs, theirs_with_ours_inside] {
        install_with(constructor).unwrap();
        install().unwrap();
        assert!(!health().default_overridden);
        let connections = health().connections;

        let ((), report) = diagnose("page", || {
            let conn = &mut SqliteConnection::establish(":memory:").unwrap();
            conn.doctor("main").unwrap();
            conn.transaction(|conn| diesel::sql_query("SELECT 1").execute(conn)).unwrap();
            diesel::sql_query("SELECT nothing").execute(conn).unwrap_err();
        });
        assert_eq!(EVENTS.letters(), "E E. B1 S F S F K1 S F S F!");
        report.assert_queries(2);
        let evidence = report.evidence();
        assert_eq!((evidence.transaction_statements, evidence.failed, evidence.unfinished), (2, 1, 0));
        assert_eq!(health().connections, connections + 1);
        assert_eq!(health().stray_finishes, 0);
    }
}
