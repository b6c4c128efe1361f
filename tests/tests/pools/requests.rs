//! Requests that take connections from a pool, one after the other and at once.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_doctor::{DiagnoseExt as _, Doctor, Scope, bind};
use diesel_doctor_tests::blog::{diagnose, test_doctor, users, warnings};

use super::{WithTable, builder, elsewhere, manager, name, pool};

fn doctor() -> Arc<Doctor> {
    Arc::new(test_doctor().build().unwrap())
}

/// Takes the connection in the scope, and uses it where no scope can be seen.
fn visit(scope: &Scope, pool: &diesel::r2d2::Pool<super::Manager>, queries: i32) {
    let mut conn = scope.in_scope(|| pool.get().unwrap());
    elsewhere(move || (1..=queries).for_each(|id| drop(name(id, &mut conn))));
}

#[test]
fn a_connection_belongs_to_whoever_took_it_also_on_another_thread() {
    let pool = pool(1);
    let scope = doctor().open("page");
    visit(&scope, &pool, 2);
    let report = scope.close();
    report.assert_queries(2);
    let evidence = report.evidence();
    assert_eq!(evidence.connections.len(), 1);
    assert_eq!(evidence.connections[0].label, "primary");
    assert_eq!((evidence.pings, evidence.unfinished), (1, 0), "{report}");
}

#[test]
fn a_connection_used_by_one_and_then_by_another_is_attributed_right() {
    let pool = pool(1);
    let doctor = doctor();
    let (first, second) = (doctor.open("first"), doctor.open("second"));
    for _ in 0..20 {
        visit(&first, &pool, 1);
        visit(&second, &pool, 2);
    }
    let (first, second) = (first.close(), second.close());
    assert_eq!((first.query_count(), first.evidence().pings), (20, 20), "{first}");
    assert_eq!((second.query_count(), second.evidence().pings), (40, 20), "{second}");
}

#[test]
fn a_connection_taken_outside_any_scope_belongs_to_none_whoever_had_it_before() {
    let pool = pool(1);
    let scope = doctor().open("page");
    visit(&scope, &pool, 3);
    let unscoped = diesel_doctor::health().unscoped;
    let mut conn = pool.get().unwrap();
    elsewhere(|| name(1, &mut conn));
    drop(conn);
    assert!(diesel_doctor::health().unscoped > unscoped);
    let report = scope.close();
    assert_eq!((report.query_count(), report.evidence().pings), (3, 1), "{report}");
}

#[test]
fn requests_at_once_are_kept_apart() {
    let pool = &pool(3);
    let doctor = &doctor();
    std::thread::scope(|threads| {
        for request in 1..=6_i32 {
            threads.spawn(move || {
                for _ in 0..10 {
                    let scope = doctor.open("page");
                    visit(&scope, pool, request % 3 + 1);
                    let report = scope.close();
                    assert_eq!(report.query_count(), u64::from(request.unsigned_abs() % 3 + 1), "{report}");
                    assert_eq!((report.evidence().pings, report.evidence().connections.len()), (1, 1), "{report}");
                }
            });
        }
    });
}

#[test]
fn the_scope_that_is_entered_comes_before_the_one_of_the_checkout() {
    let pool = pool(1);
    let outer = doctor().open("page");
    let mut conn = outer.in_scope(|| pool.get().unwrap());
    let ((), inner) = diagnose(|| drop(name(1, &mut conn)));
    elsewhere(|| name(2, &mut conn));
    inner.assert_queries(1);
    outer.close().assert_queries(1);
}

#[test]
fn after_a_scope_was_closed_its_connection_brings_nothing_to_others() {
    let pool = pool(1);
    let scope = doctor().open("page");
    let mut conn = scope.in_scope(|| pool.get().unwrap());
    scope.close().assert_queries(0);
    let ((), other) = diagnose(|| elsewhere(|| drop(name(1, &mut conn))));
    assert_eq!(other.query_count(), 0);
    assert!(other.evidence().connections.is_empty());
}

#[test]
fn the_pools_checks_are_counted_apart_and_a_loop_around_a_checkout_is_seen() {
    let pool = pool(1);
    let line = line!() + 4;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            let conn = &mut pool.get().unwrap();
            let _: String = users::table.find(id).select(users::name).first(conn).unwrap();
        }
    });
    assert_eq!((report.query_count(), report.evidence().pings), (5, 5), "{report}");
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[test]
fn a_users_own_ping_on_the_same_connection_stays_visible() {
    let pool = pool(1);
    let ((), report) = diagnose(|| {
        let conn = &mut pool.get().unwrap();
        for _ in 0..3 {
            diesel::sql_query("SELECT 1").execute(conn).unwrap();
        }
    });
    assert_eq!((report.query_count(), report.evidence().pings), (3, 1), "{report}");
}

#[test]
fn a_pool_that_does_not_check_serves_the_scope_that_is_entered_only() {
    let pool = builder(&WithTable::default(), 1).test_on_check_out(false).build(manager()).unwrap();
    let ((), report) = diagnose(|| drop(name(1, &mut pool.get().unwrap())));
    assert_eq!((report.query_count(), report.evidence().pings), (1, 0), "{report}");

    let scope = doctor().open("page");
    let unscoped = diesel_doctor::health().unscoped;
    visit(&scope, &pool, 2);
    assert!(diesel_doctor::health().unscoped >= unscoped + 2, "how to notice it");
    assert_eq!(scope.close().query_count(), 0);
}

#[test]
fn a_transaction_left_open_is_not_the_next_ones() {
    let pool = pool(1);
    let ((), first) = diagnose(|| {
        let mut conn = pool.get().unwrap();
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            conn.transaction(|_| -> QueryResult<()> { std::panic::panic_any("the user's own") })
        }));
        assert!(panic.is_err());
    });
    assert_eq!(first.evidence().transaction_statements, 1, "{first}");
    let ((), second) = diagnose(|| drop(name(1, &mut pool.get().unwrap())));
    second.assert_queries(1);
    second.assert_clean();
}

/// What a handler of actix-web does: `web::block` is `spawn_blocking`, which is in no scope by itself.
#[tokio::test]
async fn a_handler_that_blocks_elsewhere_brings_its_scope_along() {
    let pool = pool(2);
    let handler = async |bound: bool| {
        let pool = pool.clone();
        let work = move || {
            let conn = &mut pool.get().unwrap();
            (1..=4).map(|id| users::table.find(id).select(users::name).first::<String>(conn)).collect::<Vec<_>>()
        };
        let names = if bound { tokio::task::spawn_blocking(bind(work)) } else { tokio::task::spawn_blocking(work) };
        names.await.unwrap().len()
    };

    let (names, report) = handler(true).diagnose("GET /users").await;
    assert_eq!((names, report.query_count(), report.evidence().pings), (4, 4, 1), "{report}");
    assert_eq!(warnings(&report).len(), 1, "{report}");
    assert!(warnings(&report)[0].starts_with("n-plus-one@"), "{report}");

    let unscoped = diesel_doctor::health().unscoped;
    let (names, report) = handler(false).diagnose("GET /users").await;
    assert_eq!((names, report.query_count()), (4, 0), "the checkout is not in the scope either");
    assert!(diesel_doctor::health().unscoped >= unscoped + 4, "how to notice it");
    assert!(matches!(report.verdict(), diesel_doctor::Verdict::Blind(_)));
}
