//! Assertions at several sizes on real connections, and that tests do not disturb each other.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::thread;

use diesel::prelude::*;
use diesel_doctor::{assert_scales, assert_scales_async};
use diesel_doctor_tests::blog::{self, diagnose, posts, users};

fn open() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    conn
}

/// Leaves so many posts, each of another user.
fn shrink(conn: &mut SqliteConnection, rows: usize) {
    let rows = i32::try_from(rows).unwrap();
    diesel::delete(posts::table).execute(conn).unwrap();
    let new: Vec<_> = (1..=rows).map(|n| (posts::user_id.eq(n), posts::title.eq("a post"))).collect();
    diesel::insert_into(posts::table).values(new).execute(conn).unwrap();
}

fn authors_one_by_one(conn: &mut SqliteConnection) -> Vec<String> {
    let ids: Vec<i32> = posts::table.select(posts::user_id).load(conn).unwrap();
    let name = |id| users::table.find(id).select(users::name).first(conn).unwrap();
    ids.into_iter().map(name).collect()
}

fn authors_at_once(conn: &mut SqliteConnection) -> Vec<String> {
    let ids: Vec<i32> = posts::table.select(posts::user_id).load(conn).unwrap();
    users::table.filter(users::id.eq_any(ids)).select(users::name).load(conn).unwrap()
}

/// The message with which the assertion fails.
fn failure(assertion: impl FnOnce()) -> String {
    *catch_unwind(AssertUnwindSafe(assertion)).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn one_row_hides_the_loop_and_two_sizes_show_it() {
    let conn = &mut open();
    shrink(conn, 1);
    let (_, report) = diagnose(|| authors_one_by_one(conn));
    report.assert_clean();

    let message = failure(|| {
        assert_scales("authors", [1, 4, 10], |size| {
            shrink(conn, size.get());
            assert_eq!(size.measure(|| authors_one_by_one(conn)).len(), size.get());
        });
    });
    assert!(message.starts_with("authors: 1 of 2 queries is made more often when there is more data\n"), "{message}");
    assert!(
        message
            .contains("grows: +1.00 a row: 1 at size 1, 4 at size 4, 10 at size 10\n  --> tests/tests/scales.rs:28:"),
        "{message}"
    );
    assert!(message.contains("steady: +0.00 a row: 1 at size 1, 1 at size 4, 1 at size 10\n"), "{message}");
    assert!(message.contains("sql: SELECT users.name FROM users WHERE"), "{message}");
}

#[test]
fn the_fix_scales() {
    let conn = &mut open();
    let mut rounds = 0;
    assert_scales("authors", [1, 10], |size| {
        shrink(conn, size.get());
        rounds += 1;
        assert_eq!(size.measure(|| authors_at_once(conn)).len(), size.get());
    });
    assert_eq!(rounds, 3, "with the warm-up");
}

#[tokio::test]
async fn async_code_is_compared_too() {
    let conn = &mut open();
    assert_scales_async("authors", [1, 10], async |size| {
        shrink(conn, size.get());
        size.measure_async(async {
            tokio::task::yield_now().await;
            authors_at_once(conn)
        })
        .await;
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "authors: 1 of 2 queries is made more often when there is more data")]
async fn async_code_that_does_not_scale_fails() {
    let conn = &mut open();
    assert_scales_async("authors", [1, 10], async |size| {
        shrink(conn, size.get());
        let asked = size.measure_async(async {
            tokio::task::yield_now().await;
            authors_one_by_one(conn)
        });
        assert_eq!(asked.await.len(), size.get());
    })
    .await;
}

#[test]
fn parallel_tests_in_test_transactions_count_only_their_own() {
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let conn = &mut open();
                conn.begin_test_transaction().unwrap();
                for round in 1..=10 {
                    let wanted = (thread + round) % 4;
                    let ((), report) = diagnose(|| (0..wanted).for_each(|_| drop(authors_at_once(conn))));
                    assert_eq!(report.query_count(), 2 * wanted, "{report}");
                    assert_eq!(report.evidence().transaction_statements, 0, "{report}");
                    assert_eq!(report.evidence().connections.len(), usize::from(wanted > 0), "{report}");
                }
                assert_scales("authors", [1, 5], |size| {
                    shrink(conn, size.get());
                    size.measure(|| authors_at_once(conn));
                });
            });
        }
    });
}

#[test]
fn a_test_in_a_process_of_its_own_says_the_same() {
    let tests = ["the_fix_scales", "one_row_hides_the_loop_and_two_sizes_show_it", "async_code_is_compared_too"];
    for test in tests {
        let output = Command::new(env::current_exe().unwrap()).args([test, "--exact", "--nocapture"]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("test result: ok. 1 passed"), "{printed}");
    }
}
