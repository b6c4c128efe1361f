//! `install()` and what it watches: process-wide, so in a binary of its own, as one test.

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel_doctor::{ConnectionExt, Verdict, diagnose, health, install};

fn open() -> SqliteConnection {
    SqliteConnection::establish(":memory:").unwrap()
}

fn ask(conn: &mut SqliteConnection) {
    diesel::sql_query("SELECT 1").execute(conn).unwrap();
}

#[test]
fn from_install_on_every_new_connection_is_watched() {
    let early = &mut open();
    assert!(health().warnings().iter().any(|warning| warning.contains("no watched connection")));
    install().unwrap();
    install().unwrap();

    let ((), report) = diagnose("early", || ask(early));
    assert!(matches!(report.verdict(), Verdict::Blind(_)), "opened before, so not watched: {report}");
    let conn = &mut open();
    let ((), report) = diagnose("new", || ask(conn));
    report.assert_queries(1);
    assert_eq!(report.evidence().connections[0].label, "sqlite::memory:");

    // Hooked twice, counted once, and by the new name.
    conn.doctor("main").unwrap();
    let ((), report) = diagnose("twice", || ask(conn));
    report.assert_queries(1);
    assert_eq!(report.evidence().connections[0].label, "main");

    // Connecting is evidence, a failure to connect is counted and shows no path.
    let (_, report) = diagnose("connect", open);
    report.assert_queries(0);
    let (refused, report) = diagnose("refused", || SqliteConnection::establish("/no/such/folder/canary.db").map(drop));
    assert!(refused.is_err());
    assert!(matches!(report.verdict(), Verdict::Blind(_)));
    assert_eq!(health().connections_failed, 1);
    assert!(!report.to_string().contains("canary"));

    assert!(!health().default_overridden);
    set_default_instrumentation(|| Some(Box::new(|_: InstrumentationEvent<'_>| {}))).unwrap();
    assert!(health().default_overridden);
    assert!(health().to_string().contains("install_with"));
    let replaced = install().unwrap_err();
    assert!(replaced.to_string().contains("install_with"), "a foreign default is not replaced: {replaced}");
}
