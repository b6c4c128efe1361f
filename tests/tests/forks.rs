//! A forked child is one thread. Whatever lock another thread of its parent held at that moment stays held for ever, and the child meets none of ours.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "nothing but C's library forks")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::prelude::*;
use diesel_doctor::reporters::{Callback, Deduplicated};
use diesel_doctor::{ConnectionExt as _, Doctor, DoctorBuilder, Report, Scope, health};

const FORKS: usize = 500;

/// All that takes a lock of the process: connections that come and go, repeats with their lines, findings that are shown once.
fn work(doctor: &Arc<Doctor>) {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.doctor("main").unwrap();
    let scope = doctor.open("job");
    scope.in_scope(|| {
        for _ in 0..4 {
            diesel::sql_query("SELECT 1 AS one FROM sqlite_master WHERE name = 'users'").execute(&mut conn).unwrap();
        }
        drop(conn);
    });
    scope.deliver();
    assert!(health().connections > 0);
}

#[test]
fn children_that_are_forked_under_load_come_to_their_end() {
    let shown = Deduplicated::new(Callback::new(|report: &Report| drop(report.to_string())));
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(shown).build().unwrap());
    let is_over = AtomicBool::new(false);
    let shared = doctor.open("shared");
    let handle = shared.handle();
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    handle.in_scope(|| work(&doctor));
                }
            });
        }
        let ended: Vec<i32> = (0..FORKS)
            .map(|_| {
                // SAFETY: the child does what any program does, and ends by `_exit` without unwinding into the parent's frames.
                unsafe {
                    let child = libc::fork();
                    if child == 0 {
                        // What hangs is ended by a signal, which the parent sees.
                        libc::alarm(60);
                        let done = std::panic::catch_unwind(|| {
                            handle.in_scope(|| work(&doctor));
                            work(&doctor);
                        });
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
