//! What is under way when the process ends is made and shown, in bounded time. Each case is a process of its own.

use std::env;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use diesel_doctor::reporters::{Callback, TextReporter};
use diesel_doctor::{DiagnoseExt as _, Doctor, DoctorBuilder, Recorder, Report, Scope};

const CASE: &str = "TEST_ENDS_BY";
const SCOPES: usize = 20;

fn query() {
    let mut recorder = Recorder::new();
    for _ in 0..3 {
        recorder.start_query(&"SELECT name FROM users WHERE id = 1");
        recorder.finish_query(&"SELECT name FROM users WHERE id = 1", None);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

/// Scopes whose reports are made by a thread of the doctor's.
fn start(doctor: &Arc<Doctor>, runtime: &tokio::runtime::Runtime) {
    runtime.block_on(async {
        for number in 0..SCOPES {
            Scope::builder(format!("request {number}")).doctor(doctor).run_future(async { query() }).await;
        }
    });
}

fn run(case: &str) {
    let text = || DoctorBuilder::without_environment().reporter(TextReporter::stderr()).build().unwrap();
    let runtime = runtime();
    match case {
        "return" => start(&Arc::new(text()), &runtime),
        "exit" => {
            start(&Arc::new(text()), &runtime);
            std::process::exit(0);
        }
        "exit in a task" => {
            start(&Arc::new(text()), &runtime);
            runtime.block_on(async { tokio::spawn(async { std::process::exit(0) }).await.unwrap() });
        }
        "a future that is dropped with its runtime" => {
            let doctor = Arc::new(text());
            for number in 0..SCOPES {
                let work = async {
                    query();
                    std::future::pending::<()>().await;
                };
                let name = format!("request {number}");
                let task = Scope::builder(name).doctor(&doctor).run_future_of(|| work);
                runtime.spawn(task);
            }
            while health_of_all() < SCOPES as u64 {
                std::thread::yield_now();
            }
            drop(runtime);
            std::process::exit(0);
        }
        "a reporter that hangs" => {
            let hangs = Callback::new(|_: &Report| {
                loop {
                    std::thread::park();
                }
            });
            let doctor = Arc::new(DoctorBuilder::without_environment().reporter(hangs).build().unwrap());
            start(&doctor, &runtime);
            std::process::exit(0);
        }
        "a reporter that exits" => {
            let exits = Callback::new(|_: &Report| std::process::exit(3));
            let doctor = Arc::new(DoctorBuilder::without_environment().reporter(exits).build().unwrap());
            start(&doctor, &runtime);
            diesel_doctor::flush(Duration::from_secs(100));
        }
        "nothing" => drop(async {}.in_current_scope()),
        other => panic!("no such case: {other}"),
    }
}

/// How many connections were seen so far: one for each scope that has asked.
fn health_of_all() -> u64 {
    diesel_doctor::health().connections
}

/// Ends a process of this program so. The environment is the process's.
fn ends_by(case: &str, wait: &str) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["the_process_that_ends", "--exact", "--nocapture", "--include-ignored"]);
    command.env(CASE, case).env("DIESEL_DOCTOR_WAIT", wait).output().unwrap()
}

#[test]
fn the_process_that_ends() {
    if let Ok(case) = env::var(CASE) {
        run(&case);
    }
}

fn shown(output: &Output) -> usize {
    let text = String::from_utf8_lossy(&output.stderr);
    (0..SCOPES).filter(|number| text.contains(&format!(" request {number}:"))).count()
}

#[test]
fn every_report_comes_out_however_the_process_ends() {
    for case in ["return", "exit", "exit in a task", "a future that is dropped with its runtime"] {
        let output = ends_by(case, "100");
        assert!(output.status.success(), "{case}: {output:?}");
        assert_eq!(shown(&output), SCOPES, "{case}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_cannot_come_out_is_one_line_with_the_count() {
    let output = ends_by("a reporter that hangs", "1");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let expected =
        format!("diesel-doctor: {SCOPES} reports not finished when the process ended; set DIESEL_DOCTOR_WAIT");
    assert_eq!(text.lines().filter(|line| line.starts_with(&expected)).count(), 1, "{text}");

    let output = ends_by("nothing", "1");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("diesel-doctor"), "nothing was under way");
}

#[test]
fn a_reporter_may_end_the_process() {
    let output = ends_by("a reporter that exits", "1");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}
