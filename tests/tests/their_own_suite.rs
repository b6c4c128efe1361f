//! A program that has an instrumentation of its own goes on hearing everything, in order and unchanged, with ours around it.

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::result::Error;
use diesel_doctor::{DoctorInstrumentation, Report};
use diesel_doctor_tests::blog::diagnose;
use diesel_doctor_tests::events::{Event, Events, Recorder, Unwritable};
use diesel_doctor_tests::items::{NAMED, NO_CHANGES, items};

/// What a program does in one run: what succeeds, what fails, what is never built, what is left half read.
macro_rules! work {
    ($conn:expr) => {{
        let conn = $conn;
        let mut told = Vec::new();
        conn.batch_execute(
            "CREATE TEMPORARY TABLE items (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL, rank INTEGER)",
        )
        .unwrap();
        for id in 1..=4 {
            let row = (items::id.eq(id), items::name.eq(format!("item {id}")));
            told.push(diesel::insert_into(items::table).values(row).execute(conn).map(|rows| rows.to_string()));
        }
        told.push(items::table.find(1).select(items::name).first(conn));
        told.push(items::table.find(9).select(items::name).first(conn));
        told.push(items::table.filter(items::id.eq(Unwritable)).select(items::name).first(conn));
        told.push(diesel::update(items::table).set(NO_CHANGES).execute(conn).map(|rows| rows.to_string()));
        told.push(diesel::sql_query("SELECT nothing FROM nowhere").execute(conn).map(|rows| rows.to_string()));
        told.push(conn.transaction(|conn| {
            conn.transaction(|conn| items::table.find(2).select(items::name).first::<String>(conn))?;
            conn.transaction(|_| Err::<String, _>(Error::RollbackTransaction)).ok();
            diesel::delete(items::table.find(3)).execute(conn).map(|rows| rows.to_string())
        }));
        told.push(diesel::insert_into(items::table).values(NAMED.to_vec()).execute(conn).map(|rows| rows.to_string()));
        let mut names = items::table
            .order(items::id)
            .select(items::name)
            .load_iter::<String, diesel::connection::DefaultLoadingMode>(conn)
            .unwrap();
        told.push(names.next().unwrap());
        drop(names);
        told.push(items::table.count().get_result::<i64>(conn).map(|count| count.to_string()));
        told.iter().map(|result| format!("{result:?}")).collect::<Vec<_>>()
    }};
}

/// What the program was told, and what its instrumentation heard.
type Heard = (Vec<String>, Vec<Event>);

/// Runs the same with the program's instrumentation alone, and with ours around it outside and inside a scope.
fn check<C: Connection>(open: impl Fn() -> C, work: impl Fn(&mut C) -> Vec<String>) -> Report {
    let run = |ours: bool| -> Heard {
        let events = Events::default();
        let mut conn = open();
        if ours {
            conn.set_instrumentation(DoctorInstrumentation::chain(Recorder::new(&events)));
        } else {
            conn.set_instrumentation(Recorder::new(&events));
        }
        (work(&mut conn), events.take())
    };
    let alone = run(false);
    assert!(alone.1.len() > 40, "there is something to compare: {:?}", alone.1);
    assert_eq!(run(true), alone, "outside any scope");
    let (inside, report) = diagnose(|| run(true));
    assert_eq!(inside, alone, "in a scope");
    let starts = alone.1.iter().filter(|event| event.letters == "S").count() as u64;
    let evidence = report.evidence();
    let counted = evidence.queries + evidence.transaction_statements + evidence.setup_statements + evidence.unbuildable;
    assert_eq!(counted, starts, "we count what it hears: {report}");
    report
}

#[test]
fn on_sqlite() {
    let report = check(|| SqliteConnection::establish(":memory:").unwrap(), |conn| work!(conn));
    assert_eq!(report.evidence().unbuildable, 1);
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql() {
    let url = diesel_doctor_tests::events::server("TEST_POSTGRES_URL");
    check(|| PgConnection::establish(&url).unwrap(), |conn| work!(conn));
}

#[cfg(feature = "mysql")]
#[test]
fn on_mariadb() {
    let url = diesel_doctor_tests::events::server("TEST_MYSQL_URL");
    check(|| MysqlConnection::establish(&url).unwrap(), |conn| work!(conn));
}

#[test]
fn what_its_instrumentation_does_wrong_stays_its_own_affair() {
    let conn = &mut SqliteConnection::establish(":memory:").unwrap();
    conn.set_instrumentation(DoctorInstrumentation::chain(|event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::FinishQuery { .. }) {
            std::panic::panic_any("theirs");
        }
    }));
    let (panic, report) = diagnose(|| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| diesel::sql_query("SELECT 1").execute(conn)))
    });
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"theirs"));
    assert_eq!((report.query_count(), report.evidence().unfinished), (1, 0), "we heard it first: {report}");
    assert_eq!(report.evidence().shielded_panics, 0);
}
