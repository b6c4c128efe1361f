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

/// One query, with a condition for each id.
fn one_by_one_of(ids: &[i32], conn: &mut SqliteConnection) -> Vec<String> {
    let query =
        ids.iter().fold(users::table.select(users::name).into_boxed(), |query, id| query.or_filter(users::id.eq(*id)));
    query.load(conn).unwrap()
}

#[test]
fn a_query_whose_text_depends_on_the_data_is_one_query() {
    let conn = &mut open();
    assert_scales("authors", [1, 5], |size| {
        let ids: Vec<i32> = (1..=5).take(size.get()).collect();
        assert_eq!(size.measure(|| one_by_one_of(&ids, conn)).len(), size.get());
    });
}

#[test]
fn a_query_for_each_row_is_found_whatever_its_texts_are() {
    let conn = &mut open();
    let message = failure(|| {
        assert_scales("authors", [1, 5], |size| {
            let ids: Vec<i32> = (1..=5).take(size.get()).collect();
            size.measure(|| (1..=ids.len()).for_each(|some| drop(one_by_one_of(&ids[..some], conn))));
        });
    });
    assert!(message.starts_with("authors: 1 of 1 query is made more often"), "{message}");
    assert!(
        message.contains("grows: +1.00 a row: 1 at size 1, 5 at size 5\n  --> tests/tests/scales.rs:"),
        "{message}"
    );
    assert_eq!(message.matches("(0 at size 1, 1 at size 5)\n").count(), 3, "{message}");
    assert!(message.contains("\n  and 2 more\n"), "{message}");
}

/// What [`loses_a_loop`] does in a process of its own.
const LOSES: &str = "TEST_LOSES";

/// Loads authors one by one on a thread that is not bound.
#[test]
fn loses_a_loop() {
    let Some(what) = env::var_os(LOSES) else { return };
    let (seen, lost) = (&mut open(), &mut open());
    assert_scales("authors", [1, 4], |size| {
        let rows = size.get();
        shrink(lost, rows);
        size.measure(|| {
            let others = match what.to_str() {
                Some("all") => 0,
                Some("and has another") => rows,
                _ => 1,
            };
            (0..others).for_each(|_| drop(authors_at_once(seen)));
            thread::scope(|threads| drop(threads.spawn(|| authors_one_by_one(lost)).join().unwrap()));
        });
    });
}

/// Whether it passes, and what it prints, in a process that it may have for itself.
fn lose(what: &str, is_alone: bool) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["loses_a_loop", "--exact"]).env(LOSES, what).env_remove("NEXTEST_EXECUTION_MODE");
    if is_alone {
        command.env("NEXTEST_EXECUTION_MODE", "process-per-test");
    }
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_loop_on_a_thread_that_is_not_bound_fails_a_test_that_is_alone_in_its_process() {
    let (passed, printed) = lose("the loop", true);
    assert!(
        !passed && printed.contains("outside any scope, more queries are made when there is more data"),
        "{printed}"
    );
    assert!(printed.contains("\nnot compared: queries of this process outside any scope, 2 at size 1, 5 at size 4: "));
    let (passed, printed) = lose("the loop", false);
    assert!(passed, "they may be those of other tests: {printed}");
}

#[test]
fn what_could_not_be_compared_is_said_when_something_else_fails() {
    let (_, printed) = lose("and has another", false);
    assert!(printed.contains("authors: 2 of 2 queries are made more often"), "{printed}");
    assert!(printed.contains("\nnot compared: queries of this process outside any scope, 2 at size 1, 5 at size 4: "));
    let (_, printed) = lose("all", false);
    assert!(printed.contains("at size 1 nothing can be said: saw no watched connection"), "{printed}");
    assert!(printed.contains("\nnot compared: queries of this process outside any scope, 2 at size 1: "), "{printed}");
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
