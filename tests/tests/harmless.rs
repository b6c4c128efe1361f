//! The program does the same with the doctor and without it.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use diesel_doctor::reporters::{Memory, Reporter};
use diesel_doctor::{
    Analyzer, BindReading, ConnectionExt, DoctorInstrumentation, Finding, Report, Rule, Snapshot, diagnose, health,
};
use diesel_doctor_tests::blog::{self, comments, posts, test_doctor, users};
use diesel_doctor_tests::events::{Events, Recorder, Unwritable};
use diesel_doctor_tests::items::NO_CHANGES;

fn open() -> SqliteConnection {
    SqliteConnection::establish(":memory:").unwrap()
}

/// A day in the life of a connection; what came of each step, printed.
fn day(conn: &mut SqliteConnection) -> Vec<String> {
    let mut log = Vec::new();
    let mut note = |step: &dyn fmt::Debug| log.push(format!("{step:?}"));
    note(&conn.batch_execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)"));
    for id in 1..=3 {
        note(
            &diesel::insert_into(users::table)
                .values((users::id.eq(id), users::name.eq(format!("user {id}"))))
                .execute(conn),
        );
    }
    note(&diesel::insert_into(users::table).values((users::id.eq(1), users::name.eq("again"))).execute(conn));
    note(&users::table.order(users::id).load::<(i32, String)>(conn));
    note(&users::table.find(9).first::<(i32, String)>(conn));
    note(&diesel::dsl::sql::<Integer>("SELECT 'text' AS n").get_result::<i32>(conn));
    note(&users::table.find(Unwritable).select(users::id).load::<i32>(conn));
    note(&diesel::update(diesel_doctor_tests::items::items::table).set(NO_CHANGES).execute(conn));
    note(&users::table.load_iter::<(i32, String), _>(conn).map(|rows| rows.take(2).collect::<Vec<_>>()));
    note(&conn.transaction(|conn| {
        diesel::delete(users::table).execute(conn)?;
        conn.transaction(|_| QueryResult::<()>::Err(Error::NotFound)).ok();
        QueryResult::<()>::Err(Error::RollbackTransaction)
    }));
    note(
        &catch_unwind(AssertUnwindSafe(|| conn.transaction(|_| -> QueryResult<()> { panic!("the user's own") })))
            .is_err(),
    );
    note(&users::table.count().get_result::<i64>(conn));
    note(&diesel::sql_query("SELECT '").execute(conn));
    log
}

/// What happened, and the events of it.
fn observed(ours: bool) -> (Vec<String>, Vec<diesel_doctor_tests::events::Event>) {
    let events = Events::default();
    let conn = &mut open();
    if ours {
        conn.set_instrumentation(DoctorInstrumentation::chain(Recorder::new(&events)));
        let (log, report) = blog::diagnose(|| day(conn));
        assert!(report.query_count() > 10, "it was watched: {report}");
        (log, events.take())
    } else {
        conn.set_instrumentation(Recorder::new(&events));
        (day(conn), events.take())
    }
}

#[test]
fn results_errors_order_transactions_and_cache_are_the_same() {
    let (log, events) = observed(false);
    assert!(events.iter().any(|event| event.letters == "C"), "the statement cache is part of it");
    let (watched_log, watched_events) = observed(true);
    assert_eq!(watched_log, log);
    assert_eq!(watched_events, events);
}

#[test]
fn queries_that_never_finish_are_unfinished_and_those_that_cannot_be_built_are_none() {
    let conn = &mut open();
    blog::prepare(conn, "INTEGER PRIMARY KEY");
    let ((), report) = blog::diagnose(|| {
        users::table.find(Unwritable).select(users::id).load::<i32>(conn).unwrap_err();
        diesel::update(diesel_doctor_tests::items::items::table).set(NO_CHANGES).execute(conn).unwrap_err();
        let _: i32 = users::table.find(1).select(users::id).first(conn).unwrap();
    });
    assert_eq!(
        (report.query_count(), report.evidence().unfinished, report.evidence().unbuildable),
        (2, 1, 1),
        "{report}"
    );
    assert_eq!(report.evidence().failed, 0);
    report.assert_clean();
}

#[test]
fn huge_binds_are_not_copied_and_change_nothing() {
    let conn = &mut open();
    blog::prepare(conn, "INTEGER PRIMARY KEY");
    let huge = "x".repeat(10 << 20);
    let ((), report) = blog::diagnose(|| {
        for _ in 0..2 {
            let found: Vec<i32> = users::table.filter(users::name.eq(&huge)).select(users::id).load(conn).unwrap();
            assert!(found.is_empty());
        }
    });
    assert_eq!(report.query_count(), 2);
    assert!(report.findings().is_empty(), "binds that were cut prove nothing: {report}");
}

thread_local! {
    static OTHER: Cell<Option<SqliteConnection>> = const { Cell::new(None) };
}

/// A bind whose `Debug` does what it should not.
#[derive(Clone, Copy, AsExpression)]
#[diesel(sql_type = Integer)]
enum Odd {
    Queries,
    OpensAScope,
    AsksWithItself,
    Panics,
}

impl fmt::Debug for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queries => {
                let mut conn = OTHER.take().unwrap();
                let count: i64 = posts::table.count().get_result(&mut conn).unwrap();
                OTHER.set(Some(conn));
                write!(f, "{count}")
            }
            Self::OpensAScope => {
                let ((), report) = diagnose("inside a bind", || {});
                write!(f, "{}", report.query_count())
            }
            Self::AsksWithItself => {
                let mut conn = open();
                blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
                let name: String = users::table.find(*self).select(users::name).first(&mut conn).unwrap();
                f.write_str(&name)
            }
            Self::Panics => panic!("a bind that cannot be printed"),
        }
    }
}

impl ToSql<Integer, Sqlite> for Odd {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(1);
        Ok(serialize::IsNull::No)
    }
}

#[test]
fn a_bind_may_query_open_scopes_or_panic_while_it_is_printed() {
    let mut other = open();
    blog::prepare(&mut other, "INTEGER PRIMARY KEY");
    OTHER.set(Some(other));
    let conn = &mut open();
    blog::prepare(conn, "INTEGER PRIMARY KEY");

    let mut ask = |bind: Odd| {
        blog::diagnose(|| {
            for _ in 0..2 {
                let name: String = users::table.find(bind).select(users::name).first(conn).unwrap();
                assert_eq!(name, "user 1");
            }
        })
        .1
    };
    assert_eq!(ask(Odd::Queries).query_count(), 4);
    assert_eq!(ask(Odd::OpensAScope).query_count(), 2);

    let asked = ask(Odd::AsksWithItself);
    let asked = asked.evidence().queries;
    assert!(asked >= 4, "two queries, and one more for each printed bind, which is not printed again: {asked}");

    let before = health().shielded_panics;
    let report = ask(Odd::Panics);
    assert_eq!(
        (report.query_count(), report.evidence().shielded_panics),
        (2, 1),
        "printed once, and then no more: {report}"
    );
    assert!(report.findings().is_empty(), "binds that were not seen prove nothing: {report}");
    assert!(health().shielded_panics > before);
    assert_eq!(health().silenced, 0);
}

#[test]
fn where_binds_are_not_read_none_is_printed() {
    let conn = &mut open();
    blog::prepare(conn, "INTEGER PRIMARY KEY");
    let doctor = Arc::new(test_doctor().binds(BindReading::Off).build().unwrap());
    let ((), report) = doctor.diagnose("page", || {
        for _ in 0..2 {
            let name: String = users::table.find(Odd::Panics).select(users::name).first(conn).unwrap();
            assert_eq!(name, "user 1");
        }
    });
    assert_eq!((report.query_count(), report.evidence().shielded_panics), (2, 0), "{report}");
    assert!(report.to_string().contains("note: binds are not read, as the settings say"), "{report}");
}

#[derive(Debug)]
struct PanickingAnalyzer;

impl Analyzer for PanickingAnalyzer {
    fn rule(&self) -> &'static Rule {
        static RULE: Rule = Rule::new("panicking", "panics", "");
        &RULE
    }

    fn analyze(&self, _: &Snapshot, _: &mut Vec<Finding>) {
        panic!("an analyzer's own");
    }
}

#[derive(Debug)]
struct PanickingReporter;

impl Reporter for PanickingReporter {
    fn report(&self, _: &Report) -> std::io::Result<()> {
        panic!("a reporter's own");
    }
}

#[derive(Debug)]
struct FailingReporter;

impl Reporter for FailingReporter {
    fn report(&self, _: &Report) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn analyzers_and_reporters_that_panic_or_fail_stay_among_themselves() {
    let conn = &mut open();
    blog::prepare(conn, "INTEGER PRIMARY KEY");
    let memory = Memory::new();
    let doctor = test_doctor()
        .analyzer(PanickingAnalyzer)
        .reporter(PanickingReporter)
        .reporter(FailingReporter)
        .reporter(memory.clone())
        .build()
        .unwrap();
    let doctor = Arc::new(doctor);
    let lost = health().reports_lost;
    let scope = doctor.open("page");
    scope.in_scope(|| {
        for id in 1..=4 {
            let _: String = users::table.find(id).select(users::name).first(conn).unwrap();
        }
    });
    drop(scope);
    let reports = memory.reports();
    assert_eq!(reports.len(), 1, "the reporter behind the bad ones got it");
    assert_eq!(reports[0].findings().len(), 1, "the other analyzers spoke: {}", reports[0]);
    assert_eq!(reports[0].evidence().shielded_panics, 1);
    assert_eq!(health().reports_lost, lost + 2);
    assert!(catch_unwind(AssertUnwindSafe(|| reports[0].assert_queries(4))).is_ok(), "the count is exact all the same");

    let ((), clean) = doctor.diagnose("clean otherwise", || {
        let _: i64 = comments::table.count().get_result(conn).unwrap();
    });
    assert!(catch_unwind(AssertUnwindSafe(|| clean.assert_clean())).is_err(), "a missing analyzer is no pass: {clean}");
}

#[test]
fn a_chained_hooks_panic_is_the_users_and_goes_through() {
    let conn = &mut open();
    conn.set_instrumentation(DoctorInstrumentation::chain(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            panic!("the hook's own");
        }
    }));
    let panicked = catch_unwind(AssertUnwindSafe(|| diesel::sql_query("SELECT 1").execute(conn))).unwrap_err();
    assert_eq!(panicked.downcast_ref::<&str>(), Some(&"the hook's own"));
}

#[test]
fn a_hook_that_is_ours_stays_reachable() {
    let conn = &mut open();
    conn.set_instrumentation(Box::new(DoctorInstrumentation::new()) as Box<dyn Instrumentation>);
    assert!(conn.is_doctored());
    conn.doctor("main").unwrap();
}
