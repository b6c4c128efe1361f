//! Whether a report can be believed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_doctor::reporters::Memory;
use diesel_doctor::{Ending, ScopeHandle, Verdict, bind};
use diesel_doctor_tests::blog::{TEN_THOUSAND_ROWS, diagnose, posts, test_doctor, users};

use super::super::{Conn, open};

fn name(id: i32, conn: &mut Conn) -> String {
    users::table.find(id).select(users::name).first(conn).unwrap()
}

#[test]
fn transactions_and_set_up_are_counted_apart() {
    let conn = &mut open();
    let (_, report) = diagnose(|| {
        conn.batch_execute("CREATE TEMPORARY TABLE extra (id INTEGER)").unwrap();
        conn.transaction(|conn| {
            conn.transaction(|conn| QueryResult::Ok(name(1, conn)))?;
            conn.transaction(|_| QueryResult::<()>::Err(diesel::result::Error::RollbackTransaction)).ok();
            QueryResult::Ok(())
        })
    });
    report.assert_queries(1);
    report.assert_clean();
    let evidence = report.evidence();
    assert_eq!((evidence.transaction_statements, evidence.setup_statements), (6, 1), "{report}");
    assert_eq!(evidence.unfinished, 0);
}

#[test]
fn a_loop_of_the_users_own_select_1_stays_visible() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for _ in 0..5 {
            diesel::sql_query("SELECT 1").execute(conn).unwrap();
        }
    });
    assert_eq!((report.query_count(), report.evidence().pings), (5, 0));
}

#[test]
fn a_cursor_over_many_rows_is_one_query() {
    let conn = &mut open();
    let (rows, report) =
        diagnose(|| sql::<Integer>(TEN_THOUSAND_ROWS).load_iter::<i32, DefaultLoadingMode>(conn).unwrap().count());
    assert_eq!(rows, 10_000);
    report.assert_queries(1);
    assert_eq!(report.evidence().unfinished, 0);
    let (_, report) = diagnose(|| {
        posts::table.select(posts::id).load_iter::<i32, DefaultLoadingMode>(conn).map(|mut rows| rows.next().is_some())
    });
    report.assert_queries(1);
}

#[test]
fn seeing_nothing_is_not_a_pass() {
    let ((), report) = diagnose(|| {});
    assert!(matches!(report.verdict(), Verdict::Blind(_)));
    for assertion in [
        diesel_doctor::Report::assert_clean,
        |report: &diesel_doctor::Report| report.assert_queries(0),
        |report: &diesel_doctor::Report| report.assert_max_queries(3),
    ] {
        assert!(catch_unwind(AssertUnwindSafe(|| assertion(&report))).is_err(), "{report}");
    }

    let conn = &mut open();
    let ((), report) = diagnose(|| diesel_doctor::ConnectionExt::doctor(conn, "main").unwrap());
    report.assert_queries(0);
    report.assert_clean();
}

#[test]
fn an_assertion_fails_with_the_report() {
    let conn = &mut open();
    let ((), report) = diagnose(|| (1..=4).for_each(|id| drop(name(id, conn))));
    let message = |assertion: fn(&diesel_doctor::Report)| {
        let panic = catch_unwind(AssertUnwindSafe(|| assertion(&report))).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    report.assert_queries(4);
    report.assert_max_queries(4);
    for assertion in [
        diesel_doctor::Report::assert_clean,
        |report: &diesel_doctor::Report| report.assert_queries(3),
        |report: &diesel_doctor::Report| report.assert_max_queries(3),
    ] {
        let message = message(assertion);
        assert!(message.contains(&report.to_string()), "{message}");
    }
}

#[test]
fn the_closure_runs_once_and_what_it_returns_goes_through() {
    let conn = &mut open();
    let mut runs = 0;
    let (result, report) = diagnose(|| {
        runs += 1;
        name(1, conn);
        users::table.find(1_000).select(users::name).first::<String>(conn)
    });
    assert_eq!((runs, result), (1, Err(diesel::NotFound)));
    report.assert_queries(2);
}

#[test]
fn after_a_panic_the_report_comes_once_and_the_panic_goes_on() {
    let conn = &mut open();
    let memory = Memory::new();
    let doctor = Arc::new(test_doctor().reporter(memory.clone()).build().unwrap());
    let mut runs = 0;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        doctor.diagnose("page", || {
            runs += 1;
            (1..=4).for_each(|id| drop(name(id, conn)));
            std::panic::panic_any("the user's own");
        })
    }))
    .unwrap_err();
    assert_eq!(runs, 1);
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the user's own"));
    let reports = memory.reports();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].ending(), reports[0].findings().len()), (Ending::Panicked, 1));
    assert_eq!(name(1, conn), "user 1", "the thread is in no scope any more, and the connection works");
}

#[test]
fn a_scope_left_early_reports_too() {
    fn page(doctor: &Arc<diesel_doctor::Doctor>, conn: &mut Conn) -> QueryResult<()> {
        let scope = doctor.open("page");
        let entered = scope.enter();
        (1..=4).for_each(|id| drop(name(id, conn)));
        users::table.find(1_000).select(users::name).first::<String>(conn)?;
        drop(entered);
        unreachable!("the user is not there");
    }
    let memory = Memory::new();
    let doctor = Arc::new(test_doctor().reporter(memory.clone()).build().unwrap());
    let conn = &mut open();
    assert_eq!(page(&doctor, conn), Err(diesel::NotFound));
    let reports = memory.reports();
    assert_eq!((reports.len(), reports[0].ending(), reports[0].query_count()), (1, Ending::Dropped, 5));
}

#[test]
fn scopes_nest() {
    let conn = &mut open();
    let ((inner, late), outer) = diagnose(|| {
        name(1, conn);
        let ((), inner) = diagnose(|| drop(name(2, conn)));
        let ((), late) = diagnose(|| drop(name(3, conn)));
        (inner, late)
    });
    assert_eq!((inner.query_count(), late.query_count(), outer.query_count()), (1, 1, 3));
    let ((), report) = diagnose(|| {
        for id in 1..=3 {
            let ((), inner) = diagnose(|| drop(name(id, conn)));
            inner.assert_clean();
        }
    });
    assert_eq!(report.findings().len(), 1, "a loop over scopes is seen by the scope around it: {report}");
}

#[test]
fn threads_follow_by_bind_and_by_handle_and_are_unscoped_without() {
    let (mut bound, mut handled, mut alone) = (open(), open(), open());
    let before = diesel_doctor::health().unscoped;
    let ((), report) = diagnose(|| {
        let handle = ScopeHandle::current().unwrap();
        std::thread::scope(|threads| {
            threads.spawn(bind(|| name(1, &mut bound)));
            threads.spawn(|| handle.in_scope(|| name(2, &mut handled)));
            threads.spawn(|| name(3, &mut alone));
        });
    });
    report.assert_queries(2);
    assert!(diesel_doctor::health().unscoped > before);
}

#[test]
fn what_comes_after_the_close_is_late() {
    let conn = &mut open();
    let (handle, report) = diagnose(|| ScopeHandle::current().unwrap());
    let before = diesel_doctor::health().late;
    handle.in_scope(|| name(1, conn));
    assert_eq!(report.query_count(), 0);
    assert!(diesel_doctor::health().late > before);
}

#[test]
fn a_replaced_instrumentation_is_noticed() {
    let conn = &mut open();
    let before = diesel_doctor::health().replaced;
    let ((), report) = diagnose(|| {
        name(1, conn);
        conn.set_instrumentation(|_: diesel::connection::InstrumentationEvent<'_>| {});
        name(2, conn);
    });
    assert_eq!((report.query_count(), report.evidence().blinded), (1, 1), "{report}");
    assert!(matches!(report.verdict(), Verdict::Blind(_)));
    assert!(diesel_doctor::health().replaced > before);

    let conn = &mut open();
    let ((), report) = diagnose(|| {
        name(1, conn);
        conn.set_instrumentation(diesel_doctor::DoctorInstrumentation::new());
        name(2, conn);
    });
    assert_eq!((report.query_count(), report.evidence().blinded), (2, 0), "by ours it stays watched: {report}");
}

#[test]
fn a_closed_connection_is_not_taken_for_a_replaced_one() {
    let ((), report) = diagnose(|| {
        let mut conn = open();
        name(1, &mut conn);
    });
    assert_eq!((report.query_count(), report.evidence().blinded), (1, 0), "{report}");
}

#[test]
fn a_finding_keeps_its_key_when_the_count_changes() {
    let conn = &mut open();
    let mut key = |rounds: i32| {
        let ((), report) = diagnose(|| (1..=rounds).for_each(|id| drop(name(id, conn))));
        report.findings()[0].key().to_string()
    };
    let (few, many) = (key(5), key(9));
    assert_eq!(few, many);
    assert!(!few.contains('/') && !few.contains(".rs"), "no path is in it: {few}");
}
