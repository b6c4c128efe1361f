//! `#[diagnose]` in programs that have no reporters of their own, and inside the scopes of others. The programs are the functions at the
//! end, each run in a process of its own.

use std::env;
use std::process::Command;
use std::sync::Arc;

use diesel::prelude::*;
use diesel_doctor::reporters::Memory;
use diesel_doctor::{Doctor, DoctorBuilder, Level, Profile, Scope, diagnose};
use diesel_doctor_tests::blog::{self, users};

/// Set in the processes that run a program.
const RUNS: &str = "TEST_RUNS_PROGRAM";

/// Runs one of the programs, and returns what it printed to standard error.
fn run(program: &str, report: Option<&str>) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([program, "--exact", "--nocapture"]).env("DIESEL_DOCTOR", "test").env(RUNS, "1");
    match report {
        Some(report) => command.env("DIESEL_DOCTOR_REPORT", report),
        None => command.env_remove("DIESEL_DOCTOR_REPORT"),
    };
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stdout));
    printed
}

fn count(printed: &str, what: &str) -> usize {
    printed.matches(what).count()
}

#[test]
fn a_finding_is_printed_once_and_what_is_clean_or_asked_nothing_is_not() {
    let printed = run("serves", None);
    assert_eq!(count(&printed, "warning[n-plus-one]"), 1, "{printed}");
    assert_eq!(count(&printed, "clean:"), 0, "{printed}");
    assert_eq!(count(&printed, "warning[blind]"), 0, "{printed}");
}

#[test]
fn every_report_is_printed_where_that_is_asked_for_but_none_of_what_asked_nothing() {
    let printed = run("serves", Some("text"));
    assert_eq!(count(&printed, "warning[n-plus-one]"), 3, "{printed}");
    assert_eq!(count(&printed, "clean:"), 3, "{printed}");
    assert_eq!(count(&printed, "warning[blind]"), 0, "{printed}");
}

#[test]
fn a_process_that_watches_nothing_is_told_once_for_each_name() {
    let printed = run("watches_nothing", None);
    assert_eq!(count(&printed, "warning[blind]: diagnose_default::Page::new: nothing can be said"), 1, "{printed}");
    assert_eq!(count(&printed, "warning[blind]: diagnose_default::Page::id: nothing can be said"), 1, "{printed}");
    assert_eq!(count(&printed, "warning[blind]"), 2, "{printed}");
}

#[test]
fn queries_of_a_thread_that_is_not_bound_are_told_once_for_each_name() {
    let printed = run("loses_a_thread", None);
    assert_eq!(count(&printed, "warning[blind]: diagnose_default::in_a_thread: nothing can be said"), 1, "{printed}");
    assert_eq!(count(&printed, "ran outside any scope meanwhile"), 1, "{printed}");
}

#[test]
fn a_scope_inside_another_has_its_doctor() {
    let memory = Memory::new();
    let doctor = DoctorBuilder::without_environment().profile(Profile::Test).reporter(memory.clone());
    let doctor = Arc::new(doctor.level("n-plus-one", Level::Deny).build().unwrap());
    let mut page = Page::new(open());
    let ((), report) = Scope::builder("request").doctor(&doctor).diagnose(|| {
        page.list();
        Scope::open("by hand").deliver();
        drop(Scope::builder("by a builder").open());
        Scope::builder("under its own").doctor(&Arc::new(doctor.reporting_to(Memory::new()))).open().deliver();
        let ((), inner) = diagnose("looked at", || page.list());
        assert_eq!(inner.findings()[0].severity, diesel_doctor::Severity::Error, "as that doctor says");
    });
    assert_eq!(report.query_count(), 12);
    let scopes: Vec<_> = memory.take().into_iter().map(|report| (report.scope.clone(), report.query_count())).collect();
    let list = ("diagnose_default::Page::list".to_owned(), 6);
    let opened = |name: &str| (name.to_owned(), 0);
    assert_eq!(scopes, [list.clone(), opened("by hand"), opened("by a builder"), list]);
}

fn open() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    conn
}

fn name(id: i32, conn: &mut SqliteConnection) -> String {
    users::table.find(id).select(users::name).first(conn).unwrap()
}

struct Page<C> {
    conn: C,
}

#[diagnose]
impl<C> Page<C> {
    fn new(conn: C) -> Self {
        Self { conn }
    }

    fn id(&self) -> usize {
        std::mem::size_of_val(&self.conn)
    }
}

#[diagnose]
impl Page<SqliteConnection> {
    fn one(&mut self) {
        name(1, &mut self.conn);
    }

    fn list(&mut self) {
        for id in 1..=6 {
            name(id, &mut self.conn);
        }
    }
}

#[diagnose]
fn in_a_thread(conn: &mut SqliteConnection) {
    std::thread::scope(|threads| drop(threads.spawn(|| name(1, conn)).join()));
}

fn runs() -> bool {
    env::var_os(RUNS).is_some()
}

#[test]
fn serves() {
    if !runs() {
        return;
    }
    let mut page = Page::new(open());
    for _ in 0..3 {
        page.id();
        page.one();
        page.list();
    }
    if let Some(summary) = Doctor::of_process().summary() {
        assert_eq!((summary.reports, summary.clean, summary.with_findings, summary.blind), (6, 3, 3, 0));
        assert_eq!((summary.findings.len(), summary.findings[0].reports), (1, 3));
    }
}

#[test]
fn watches_nothing() {
    if runs() {
        for _ in 0..3 {
            Page::new(()).id();
        }
    }
}

#[test]
fn loses_a_thread() {
    if runs() {
        let conn = &mut open();
        for _ in 0..3 {
            in_a_thread(conn);
        }
    }
}
