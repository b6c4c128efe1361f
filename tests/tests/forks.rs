//! A forked child is one thread. Whatever lock another thread of its parent held at that moment stays held for ever, and the child meets none of ours.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "nothing but C's library forks")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel_doctor::reporters::{Callback, Deduplicated};
use diesel_doctor::{CallSites, Doctor, DoctorBuilder, Recorder, Report, Scope, health};

const FORKS: usize = 500;

/// Every so many of them do all that there is to do, which a child takes a second for: it reads the program's symbols anew.
const THOROUGH: usize = 50;

/// Queries of a connection of which nothing is known. SQLite itself is not to be used across a fork.
fn ask(doctor: &Arc<Doctor>) -> Recorder {
    let scope = doctor.open("job");
    let recorder = scope.in_scope(|| {
        let mut recorder = Recorder::new();
        for _ in 0..4 {
            recorder.start_query(&"SELECT 1 AS one FROM users");
            recorder.finish_query(&"SELECT 1 AS one FROM users", None);
        }
        recorder
    });
    scope.deliver();
    recorder
}

/// All that takes a lock of the process and of the scope: connections that come and go, repeats with their lines, findings that are shown once.
fn work(doctor: &Arc<Doctor>) {
    drop(ask(doctor));
    assert!(health().connections > 0);
}

/// The same without a symbol that is looked up: the stack of a connection's end would be.
fn light_work(doctor: &Arc<Doctor>) {
    std::mem::forget(ask(doctor));
}

#[test]
fn children_that_are_forked_under_load_come_to_their_end() {
    let shown = Deduplicated::new(Callback::new(|report: &Report| drop(report.to_string())));
    let builder = || DoctorBuilder::without_environment().reporter(shown.clone());
    let doctor = Arc::new(builder().build().unwrap());
    let quick = Arc::new(builder().call_sites(CallSites::Off).build().unwrap());
    let is_over = AtomicBool::new(false);
    let shared = doctor.open("shared");
    let handle = shared.handle();
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    handle.in_scope(|| work(&doctor));
                    light_work(&quick);
                }
            });
        }
        let ended: Vec<i32> = (0..FORKS)
            .map(|number| {
                // SAFETY: the child does what any program does, and ends by `_exit` without unwinding into the parent's frames.
                unsafe {
                    let child = libc::fork();
                    if child == 0 {
                        // What hangs is ended by a signal, which the parent sees.
                        libc::alarm(60);
                        let done = catch_unwind(AssertUnwindSafe(|| {
                            handle.in_scope(|| light_work(&quick));
                            light_work(&quick);
                            if number % THOROUGH == 0 {
                                work(&doctor);
                            }
                        }));
                        libc::_exit(i32::from(done.is_err()));
                    }
                    let mut status = 0;
                    assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                    status
                }
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(|status| *status == 0), "{ended:?}");
    });
    drop(Scope::close(shared));
}
