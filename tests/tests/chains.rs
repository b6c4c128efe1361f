//! Scopes that are opened inside others, one after the other or one in the other: neither memory nor the work for a query grows with them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel_doctor::reporters::Silent;
use diesel_doctor::{DiagnoseExt as _, Doctor, DoctorBuilder, Recorder, Report, Scope, Verdict, flush};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const LONG: Duration = Duration::from_secs(100);

/// One test at a time: they share the allocator.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn doctor() -> Arc<Doctor> {
    Arc::new(DoctorBuilder::without_environment().reporter(Silent).build().unwrap())
}

fn query(recorder: &mut Recorder) {
    recorder.start_query(&"SELECT 1");
    recorder.finish_query(&"SELECT 1", None);
}

/// Hands over `scopes` times, each time from inside the scope before, and returns the bytes that are allocated at the end.
fn hand_over(scopes: u32, queries: bool) -> usize {
    let (doctor, mut recorder) = (doctor(), Recorder::new());
    let mut current = doctor.open("job");
    for _ in 0..scopes {
        let next = current.in_scope(|| {
            if queries {
                query(&mut recorder);
            }
            Scope::open("job")
        });
        let report = current.close();
        assert_eq!(report.query_count(), u64::from(queries));
        current = next;
    }
    let allocated = ALLOCATED.current_usage();
    drop(current.close());
    allocated
}

#[test]
fn a_chain_of_scopes_leaves_nothing_behind() {
    let _alone = alone();
    for queries in [false, true] {
        hand_over(100, queries);
        let (few, many) = (hand_over(100, queries), hand_over(20_000, queries));
        assert!(many < few + 64 * 1024, "{few} bytes after 100, {many} after 20,000");
    }
}

#[test]
fn a_chain_of_handles_is_let_go_without_recursion() {
    let _alone = alone();
    let doctor = doctor();
    let mut handles = vec![doctor.open("outermost").handle()];
    for _ in 0..100_000 {
        let inner = handles.last().unwrap().in_scope(|| Scope::open("inner"));
        handles.push(inner.handle());
        std::mem::forget(inner);
    }
    let last = handles.pop();
    drop(handles);
    drop(last);
}

/// A job that starts its successor inside its scope, before it ends.
fn job(number: u32, of: u32, done: tokio::sync::mpsc::UnboundedSender<u32>) {
    let next = done.clone();
    let work = async move {
        if number < of {
            job(number + 1, of, next);
        }
        query(&mut Recorder::new());
        tokio::task::yield_now().await;
        let _ = done.send(number);
    };
    let scope = Scope::builder("job");
    tokio::spawn(scope.run_future(work).in_current_scope());
}

#[test]
fn a_chain_of_tasks_leaves_nothing_behind() {
    let _alone = alone();
    let doctor = doctor();
    let run = |jobs: u32| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            let first = doctor.open("first");
            first.in_scope(|| job(1, jobs, sender));
            drop(first);
            let mut ended = 0;
            while receiver.recv().await.is_some() {
                ended += 1;
            }
            assert_eq!(ended, jobs);
        });
        drop(runtime);
        assert!(flush(LONG));
        ALLOCATED.current_usage()
    };
    run(100);
    let (few, many) = (run(100), run(5_000));
    assert!(many < few + 256 * 1024, "{few} bytes after 100 jobs, {many} after 5,000");
}

/// The reports of scopes that stand in each other, from the innermost outwards, with one query in the innermost.
fn nested(depth: usize) -> Vec<Report> {
    let doctor = doctor();
    let mut scopes = vec![doctor.open("outermost")];
    for _ in 1..depth {
        let inner = scopes.last().unwrap().in_scope(|| Scope::open("inner"));
        scopes.push(inner);
    }
    scopes.last().unwrap().in_scope(|| query(&mut Recorder::new()));
    scopes.into_iter().rev().map(Scope::close).collect()
}

#[test]
fn a_query_counts_in_the_scopes_around_its_own_and_in_the_outermost_however_deep_it_is() {
    let _alone = alone();
    let counts = |depth| nested(depth).iter().map(Report::query_count).collect::<Vec<_>>();
    assert_eq!(counts(1), [1]);
    assert_eq!(counts(9), [1; 9], "the eight around it");
    let deep = counts(100);
    assert_eq!((&deep[..8], deep[8..99].iter().sum::<u64>(), deep[99]), (&[1; 8][..], 0, 1));
}

#[test]
fn a_scope_in_which_a_query_did_not_count_is_not_clean() {
    let _alone = alone();
    let reports = nested(100);
    let blind = |report: &Report| matches!(report.verdict(), Verdict::Blind(_));
    let deeper: Vec<u64> = reports.iter().map(|report| report.evidence().deeper_scopes).collect();
    assert_eq!((&deeper[..8], &deeper[8..10], deeper[99]), (&[0; 8][..], &[1, 1][..], 0));
    assert!(reports[8..99].iter().all(blind));
    assert!(reports[..8].iter().chain(&reports[99..]).all(|report| report.verdict() == Verdict::Clean));
    let text = reports[50].to_string();
    assert!(text.contains("stood more than eight deep inside this one"), "{text}");
}

#[test]
fn a_query_in_a_deep_nesting_allocates_no_more_than_in_a_moderate_one() {
    let _alone = alone();
    let allocated = |depth: usize| {
        let doctor = doctor();
        let mut scopes = vec![doctor.open("outermost")];
        for _ in 1..depth {
            let inner = scopes.last().unwrap().in_scope(|| Scope::open("inner"));
            scopes.push(inner);
        }
        let mut recorder = Recorder::new();
        let innermost = scopes.last().unwrap().handle();
        innermost.in_scope(|| query(&mut recorder));
        let before = ALLOCATED.current_usage();
        innermost.in_scope(|| (0..1_000).for_each(|_| query(&mut recorder)));
        ALLOCATED.current_usage() - before
    };
    let (moderate, deep) = (allocated(9), allocated(1_000));
    assert!(deep <= moderate + moderate / 10, "{moderate} bytes at 9, {deep} at 1,000");
}
