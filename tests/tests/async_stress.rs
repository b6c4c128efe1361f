//! Many requests at once over several pools, with tasks and cancellations mixed in: every query is in its own report, and memory is flat.
//! The allocator of this program counts, so this is the only test of its binary.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_doctor::reporters::Memory;
use diesel_doctor::{CallSites, Doctor, Health, Report, flush};
use diesel_doctor_async::prelude::*;
use diesel_doctor_tests::blog::test_doctor;
use diesel_doctor_tests::events::server;
use diesel_doctor_tests::library::{Following, Pool, Stock};
use diesel_doctor_tests::library_pool;
use diesel_doctor_tests::owned::{Strangers, query_of, strangers};
use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use peak_alloc::PeakAlloc;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const REQUESTS: u64 = 500;
const CONCURRENT: usize = 200;
/// Each request makes so many queries.
const QUERIES: i32 = 25;
/// What a round may leave in memory, in bytes: five for each of its queries.
const BOUND: usize = 5 * 2 * REQUESTS as usize * QUERIES as usize;

struct Pools {
    postgres: [Pool<AsyncPgConnection>; 2],
    stock: Pool<Stock>,
    following: Pool<Following>,
}

impl Pools {
    fn new() -> Self {
        let url = server("TEST_POSTGRES_URL");
        Self {
            postgres: [library_pool!(AsyncPgConnection, &url, 8), library_pool!(AsyncPgConnection, &url, 8)],
            stock: library_pool!(Stock, ":memory:", 8),
            following: library_pool!(Following, ":memory:", 8),
        }
    }
}

/// The name of a request's scope, which the texts of its queries hold: no two requests have the same.
fn name(number: u64) -> String {
    format!("request_{number}")
}

macro_rules! ask {
    ($conn:expr, $number:expr, $ids:expr) => {
        for id in $ids {
            query_of(&name($number), id).execute($conn).await.unwrap();
        }
    };
}

/// One request; how many queries it made is known without looking. Returns how many of them it cancelled.
async fn request(pools: Arc<Pools>, number: u64) -> u64 {
    let which = (number % 2) as usize;
    let mut cancelled = 0;
    if number % 4 < 2 {
        let mut conn = pools.postgres[which].get().await.unwrap();
        if number.is_multiple_of(10) {
            // Cancelled before it is answered: it counts, and is unfinished. Now and then the answer is faster.
            let answer = query_of(&name(number), 0).execute(&mut conn).now_or_never();
            cancelled = u64::from(answer.is_none());
        } else {
            ask!(&mut conn, number, 0..1);
        }
        let task = async move { ask!(&mut conn, number, 1..QUERIES) };
        if number.is_multiple_of(3) { tokio::spawn(task.in_current_scope()).await.unwrap() } else { task.await }
    } else if which == 0 {
        let mut conn = pools.stock.get().await.unwrap();
        let task = async move { ask!(&mut conn, number, 0..QUERIES) };
        if number.is_multiple_of(3) { tokio::spawn(task).await.unwrap() } else { task.await }
    } else {
        let mut conn = pools.following.get().await.unwrap();
        ask!(&mut conn, number, 0..QUERIES);
    }
    cancelled
}

/// Some requests on PostgreSQL are dropped after their first poll. (A stock wrapper's would panic in a runtime of one thread.)
fn is_given_up(number: u64) -> bool {
    number % 48 == 1
}

async fn run(doctor: &Arc<Doctor>) -> u64 {
    let pools = Arc::new(Pools::new());
    let counted = &AtomicU64::new(0);
    stream::iter(0..REQUESTS)
        .for_each_concurrent(CONCURRENT, |number| {
            let request = request(Arc::clone(&pools), number);
            async move {
                if is_given_up(number) {
                    // It reports to the reporters.
                    let _ = request.diagnose_with(doctor, name(number)).now_or_never();
                    return;
                }
                let (cancelled, report) = request.diagnose_with(doctor, name(number)).await;
                assert_eq!(report.query_count(), QUERIES as u64, "{number}: {report}");
                assert_eq!(report.evidence().unfinished, cancelled, "{number}: {report}");
                check_owner(&report);
                counted.fetch_add(report.query_count(), Ordering::Relaxed);
            }
        })
        .await;
    counted.load(Ordering::Relaxed)
}

#[track_caller]
fn check_owner(report: &Report) {
    assert_eq!(strangers(report), [""; 0], "{report}");
}

/// The requests on four threads, and then on one. Returns how many queries were counted.
fn round(doctor: &Arc<Doctor>) -> u64 {
    let threads = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let thread = Builder::new_current_thread().enable_all().build().unwrap();
    threads.block_on(run(doctor)) + thread.block_on(run(doctor))
}

#[test]
fn thousands_of_queries_of_two_hundred_requests_at_once_are_all_where_they_belong_and_leave_nothing_behind() {
    let memory = Memory::new();
    let doctor = test_doctor().call_sites(CallSites::Repeats).analyzer(Strangers).reporter(memory.clone());
    let doctor = Arc::new(doctor.build().unwrap());
    let given_up = (0..REQUESTS).filter(|number| is_given_up(*number)).count() as u64;
    let before = Health::of_process();

    let taken = [(); 3].map(|()| {
        assert_eq!(round(&doctor), 2 * (REQUESTS - given_up) * QUERIES as u64);
        assert!(flush(Duration::from_secs(60)));
        let reports = memory.take();
        assert_eq!(reports.len() as u64, 2 * given_up);
        reports.iter().for_each(check_owner);
        drop(reports);
        ALLOCATOR.current_usage()
    });

    let after = Health::of_process();
    assert_eq!(after.late, before.late);
    assert_eq!(after.shielded_panics, 0);
    assert_eq!(after.not_analysed, 0);
    // The first round fills what the process keeps, and symbols may be read later, too; a leak would grow in both of the others.
    let grown = [taken[1].saturating_sub(taken[0]), taken[2].saturating_sub(taken[1])];
    assert!(grown.iter().any(|grown| *grown < BOUND), "{taken:?} bytes after each round");
}
