//! Many requests at once over several pools, with tasks and cancellations mixed in: every query is in its own report, and memory is flat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_doctor::reporters::Memory;
use diesel_doctor::{CallSites, Doctor, Health, flush};
use diesel_doctor_async::prelude::*;
use diesel_doctor_tests::blog::test_doctor;
use diesel_doctor_tests::events::server;
use diesel_doctor_tests::library::{Following, Pool, Stock, books};
use diesel_doctor_tests::library_pool;
use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use peak_alloc::PeakAlloc;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const REQUESTS: u64 = 1_000;
const CONCURRENT: usize = 200;
/// Each request makes so many queries.
const QUERIES: i32 = 25;

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

/// Which queries a request makes tells whose they are: no two requests that run at once have the same.
macro_rules! load {
    ($conn:expr, $id:expr) => {
        books::table.filter(books::id.eq($id)).select(books::title).load::<String>($conn).await.unwrap()
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
            let answer = books::table.count().get_result::<i64>(&mut conn).now_or_never();
            cancelled = u64::from(answer.is_none());
        } else {
            load!(&mut conn, 0);
        }
        let task = async move {
            for id in 1..QUERIES {
                load!(&mut conn, id);
            }
        };
        if number.is_multiple_of(3) { tokio::spawn(task.in_current_scope()).await.unwrap() } else { task.await }
    } else if which == 0 {
        let mut conn = pools.stock.get().await.unwrap();
        let task = async move {
            for id in 0..QUERIES {
                load!(&mut conn, id);
            }
        };
        if number.is_multiple_of(3) { tokio::spawn(task).await.unwrap() } else { task.await }
    } else {
        let mut conn = pools.following.get().await.unwrap();
        for id in 0..QUERIES {
            load!(&mut conn, id);
        }
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
                    let _ = request.diagnose_with(doctor, "given up").now_or_never();
                    return;
                }
                let (cancelled, report) = request.diagnose_with(doctor, "request").await;
                assert_eq!(report.query_count(), QUERIES as u64, "{number}: {report}");
                assert_eq!(report.evidence().unfinished, cancelled, "{number}: {report}");
                counted.fetch_add(report.query_count(), Ordering::Relaxed);
            }
        })
        .await;
    counted.load(Ordering::Relaxed)
}

#[test]
fn fifty_thousand_queries_of_two_hundred_requests_at_once_are_all_where_they_belong() {
    let memory = Memory::new();
    let doctor = test_doctor().call_sites(CallSites::Repeats).reporter(memory.clone()).build().unwrap();
    let doctor = Arc::new(doctor);
    let before = Health::of_process();

    let threads = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let mut total = threads.block_on(run(&doctor));
    let after_first = ALLOCATOR.current_usage();
    let thread = Builder::new_current_thread().enable_all().build().unwrap();
    total += thread.block_on(run(&doctor));
    let after_second = ALLOCATOR.current_usage();

    assert!(flush(Duration::from_secs(60)));
    let given_up = (0..REQUESTS).filter(|number| is_given_up(*number)).count() as u64;
    assert_eq!(total, 2 * (REQUESTS - given_up) * QUERIES as u64);
    assert_eq!(memory.take().len() as u64, 2 * given_up);
    let after = Health::of_process();
    assert_eq!(after.late, before.late);
    assert_eq!(after.shielded_panics, 0);
    assert_eq!(after.not_analysed, 0);
    let grown = after_second.saturating_sub(after_first);
    assert!(grown < 1 << 20, "{grown} bytes more after the second half");
}
