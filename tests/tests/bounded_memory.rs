//! What a scope costs in memory, whatever the program does in it. The allocator of this program counts, so these are tests of their own.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::prelude::*;
use diesel_doctor::{CallSites, Dialect, Doctor, Recorder, Report};
use diesel_doctor_tests::blog::{self, test_doctor, users, warnings};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one scope may take at the most, its analysis included.
const BOUND: usize = 48 << 20;

/// One test at a time: they share the allocator.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn doctor(call_sites: CallSites) -> Arc<Doctor> {
    Arc::new(test_doctor().call_sites(call_sites).build().unwrap())
}

/// Prints the way Diesel's queries do.
struct Query<'a> {
    sql: &'a str,
    bind: u32,
}

impl fmt::Display for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql)?;
        f.write_str(" -- binds: ")?;
        f.debug_list().entry(&self.bind).finish()
    }
}

/// Runs `work` in a scope, with a recorder that Diesel would feed. Returns the report, and the most memory that was taken meanwhile.
fn record(call_sites: CallSites, work: impl FnOnce(&mut dyn FnMut(&Query<'_>))) -> (Report, usize) {
    let doctor = doctor(call_sites);
    let mut recorder = Recorder::new();
    recorder.describe("main", Dialect::PostgreSql);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let ((), report) = doctor.diagnose("job", || {
        work(&mut |query| {
            recorder.start_query(query);
            recorder.finish_query(query, None);
        });
    });
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    println!("{} queries took {} KiB at the most", report.query_count(), peak >> 10);
    (report, peak)
}

#[test]
fn a_million_queries_take_no_more_than_the_bound_and_are_counted_exactly() {
    let _alone = alone();
    let (report, peak) = record(CallSites::Repeats, |run| {
        for n in 0..1_000_000 {
            let sql =
                if n % 4 == 0 { "SELECT * FROM posts WHERE user_id = $1" } else { "SELECT * FROM users WHERE id = $1" };
            run(&Query { sql, bind: n });
        }
    });
    assert!(peak < BOUND, "{peak} bytes");
    assert_eq!(report.query_count(), 1_000_000);
    let evidence = report.evidence();
    assert_eq!((evidence.unfinished, evidence.unexamined, evidence.connections[0].queries), (0, 0, 1_000_000));
    assert!(evidence.dropped > 900_000, "{report}");
    let mut counts: Vec<_> = report.findings().iter().map(|finding| finding.queries).collect();
    counts.sort_unstable();
    assert_eq!(counts, [250_000, 750_000], "also where no sample was kept: {report}");
}

#[test]
fn texts_that_are_all_different_take_no_more_than_the_bound_and_the_report_says_what_no_rule_saw() {
    let _alone = alone();
    let padding = "x".repeat(2_000);
    let (report, peak) = record(CallSites::Off, |run| {
        for n in 0..100_000 {
            run(&Query { sql: &format!("SELECT * FROM users WHERE id = {n} AND name = '{padding}'"), bind: 0 });
        }
    });
    assert!(peak < BOUND, "{peak} bytes");
    assert_eq!(report.query_count(), 100_000);
    let evidence = report.evidence();
    assert!(evidence.unexamined > 0 && evidence.unexamined < 100_000, "{report}");
    assert_eq!(evidence.dropped, evidence.unexamined);
    assert!(report.to_string().contains("unexamined") || report.to_string().contains("no rule"), "{report}");
}

#[test]
fn ten_thousand_scopes_on_one_connection_leave_nothing_behind() {
    const ROUND: usize = 1_000;
    let _alone = alone();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    let doctor = doctor(CallSites::Always);
    let mut queries = 0;
    let mut round = || {
        for _ in 0..ROUND {
            let ((), report) = doctor.diagnose("page", || {
                for id in 1..=3 {
                    let _: String = users::table.find(id).select(users::name).first(&mut conn).unwrap();
                }
            });
            assert_eq!(warnings(&report).len(), 1);
            queries += report.query_count();
        }
        ALLOCATOR.current_usage()
    };
    // The first round fills the caches of the process, too.
    let taken = [(); 10].map(|()| round());
    let growing = taken.windows(2).filter(|taken| taken[1] > taken[0]).count();
    assert!(growing < 5, "something stays in most rounds: {taken:?} bytes");
    let scopes = taken.len() * ROUND;
    assert!(taken[9] < taken[0] + scopes * size_of::<usize>(), "more than a word a scope stays: {taken:?} bytes");
    assert_eq!(queries, 3 * scopes as u64);
}
