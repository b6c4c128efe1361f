//! `#[diagnose]` on tests. The functions at the end are what is tested: by themselves they pass, and in the processes that the tests
//! start they do what a test must fail for.

use std::env;
use std::process::Command;

use diesel::prelude::*;
use diesel_doctor::diagnose;
use diesel_doctor_tests::blog::{self, users};

/// Set in the processes that are to fail. The library refuses what starts like its own variables.
const HURTS: &str = "TESTS_OF_DIAGNOSE_HURT";

/// Runs one of the functions below in a process of its own, where it hurts, and returns whether it passed and what it printed.
fn run(test: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command
        .args([test, "--exact"])
        .args(arguments)
        .env("DIESEL_DOCTOR", "test")
        .env(HURTS, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(printed.contains("running 1 test\n"), "{test} is a test: {printed}");
    assert!(!printed.contains("there is no variable"), "the environment is valid: {printed}");
    (output.status.success(), printed)
}

const FAILING: [&str; 6] = ["above", "below", "above_tokio", "below_tokio", "with_a_result", "in_a_module::below"];

#[test]
fn a_test_that_hurts_fails_with_the_whole_report() {
    for test in FAILING {
        let (passed, printed) = run(test, &[]);
        assert!(!passed, "{test}: {printed}");
        assert!(printed.contains("expected no findings"), "{test}: {printed}");
        assert!(printed.contains("warning[n-plus-one]: 6 queries on users by id"), "{test}: {printed}");
        assert!(printed.contains("evidence: 1 connection (main, sqlite), 6 queries"), "{test}: {printed}");
        assert!(printed.contains("tests/tests/diagnose_tests.rs"), "the place of the failure is the test: {printed}");
    }
}

#[test]
fn the_order_of_the_attributes_does_not_matter_with_a_single_thread_either() {
    for test in FAILING {
        let (passed, printed) = run(test, &["--test-threads=1"]);
        assert!(!passed && printed.contains("expected no findings"), "{test}: {printed}");
    }
}

#[test]
fn a_broken_budget_fails_the_test() {
    let (passed, printed) = run("within_a_budget", &[]);
    assert!(!passed && printed.contains("error[query-budget]: 6 queries, 4 more than the budget of 2"), "{printed}");
}

#[test]
fn what_is_allowed_does_not_fail_the_test() {
    let (passed, printed) = run("allowed", &[]);
    assert!(passed, "{printed}");
}

#[test]
fn a_test_that_saw_nothing_fails() {
    let (passed, printed) = run("sees_something", &[]);
    assert!(!passed && printed.contains("saw no watched connection"), "{printed}");
}

#[test]
fn a_test_that_fails_by_itself_keeps_its_own_error() {
    let (passed, printed) = run("with_an_error", &[]);
    assert!(!passed && printed.contains("the test's own error"), "{printed}");
    assert!(printed.contains("warning[n-plus-one]") && !printed.contains("expected no findings"), "{printed}");

    let (passed, printed) = run("with_a_panic", &[]);
    assert!(!passed && printed.contains("the test's own panic"), "{printed}");
    assert!(!printed.contains("expected no findings"), "{printed}");
}

#[test]
fn a_test_that_expects_a_panic_does_not_get_ours() {
    let (passed, printed) = run("expecting_a_panic", &[]);
    assert!(!passed && printed.contains("test did not panic as expected"), "{printed}");
}

#[test]
fn a_helper_of_a_test_is_no_test() {
    let (passed, printed) = run("with_a_helper", &[]);
    assert!(passed, "{printed}");
}

#[test]
fn tests_of_one_process_do_not_disturb_each_other() {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "--test-threads=6"]).args(FAILING).args(["allowed", "with_a_helper"]);
    let printed =
        String::from_utf8(command.env("DIESEL_DOCTOR", "test").env(HURTS, "1").output().unwrap().stdout).unwrap();
    assert!(printed.contains("test result: FAILED. 2 passed; 6 failed"), "{printed}");
    let reports = printed.matches("evidence: 1 connection (main, sqlite), 6 queries").count();
    assert_eq!(reports, FAILING.len(), "each has its own queries only: {printed}");
}

fn hurts() -> bool {
    env::var_os(HURTS).is_some()
}

/// One query, or six in a loop.
fn work() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    for id in 1..=if hurts() { 6 } else { 1 } {
        users::table.find(id).select(users::name).first::<String>(&mut conn).unwrap();
    }
}

#[diagnose]
#[test]
fn above() {
    work();
}

#[test]
#[diagnose]
fn below() {
    work();
}

#[diagnose]
#[tokio::test]
async fn above_tokio() {
    tokio::task::yield_now().await;
    work();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[diagnose]
async fn below_tokio() {
    tokio::task::yield_now().await;
    work();
}

mod in_a_module {
    #[test]
    #[diesel_doctor::diagnose(name = "another name")]
    fn below() {
        super::work();
    }
}

#[test]
#[diagnose]
pub(crate) fn with_a_result() -> Result<(), String> {
    work();
    Ok(())
}

#[diagnose]
#[test]
fn with_an_error() -> Result<(), String> {
    work();
    if hurts() { Err("the test's own error".to_owned()) } else { Ok(()) }
}

#[test]
#[diagnose]
fn with_a_panic() {
    work();
    assert!(!hurts(), "the test's own panic");
}

#[diagnose]
#[test]
#[should_panic(expected = "as expected")]
fn expecting_a_panic() {
    work();
    assert!(hurts(), "as expected");
}

#[diagnose(max_queries = 2, allow("n-plus-one", reason = "it is the budget that is tested"))]
#[test]
fn within_a_budget() {
    work();
}

#[diagnose(allow("n-plus-one", reason = "the loop is what is tested"))]
#[test]
fn allowed() {
    work();
}

#[diagnose]
#[test]
fn sees_something() {
    if !hurts() {
        work();
    }
}

#[test]
fn with_a_helper() {
    helper();
}

#[diagnose]
fn helper() {
    work();
}
