//! Async PostgreSQL: its own connections, shared ones, and pools.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use diesel_doctor::reporters::Memory;
use diesel_doctor::{Doctor, Ending, Report, Verdict, flush};
use diesel_doctor_async::prelude::*;
use diesel_doctor_tests::blog::{TEN_THOUSAND_ROWS, test_doctor, warnings};
use diesel_doctor_tests::events::server;
use diesel_doctor_tests::library::{books, open};
use diesel_doctor_tests::library_pool;
use diesel_doctor_tests::owned::{Strangers, query_of, strangers};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

const LONG: Duration = Duration::from_secs(60);

async fn connection() -> AsyncPgConnection {
    let mut conn: AsyncPgConnection = open(&server("TEST_POSTGRES_URL")).await;
    conn.doctor("main").unwrap();
    conn
}

macro_rules! pool {
    ($size:expr) => {
        library_pool!(AsyncPgConnection, &server("TEST_POSTGRES_URL"), $size)
    };
}

async fn diagnose<T>(work: impl Future<Output = T>) -> (T, Report) {
    static DOCTOR: LazyLock<Arc<Doctor>> = LazyLock::new(|| Arc::new(test_doctor().build().unwrap()));
    work.diagnose_with(&DOCTOR, "scenario").await
}

async fn title(mut conn: &AsyncPgConnection, id: i32) -> String {
    books::table.find(id).select(books::title).first(&mut conn).await.unwrap()
}

#[tokio::test]
async fn sequential_awaits_are_found_at_their_line() {
    let mut conn = connection().await;
    let line = line!() + 4;
    let ((), report) = diagnose(async {
        for id in 1..=5 {
            let one = books::table.find(id).select(books::title);
            one.first::<String>(&mut conn).await.unwrap();
        }
    })
    .await;
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
    assert!(report.evidence().notes.iter().any(|note| note.contains("first response")), "{report}");
    assert_eq!(report.evidence().unfinished, 0);
}

#[tokio::test]
async fn pipelined_queries_that_end_out_of_order_are_counted_exactly() {
    let conn = connection().await;
    let (titles, report) = diagnose(join_all((1..=8).map(|id| title(&conn, id)))).await;
    assert_eq!(titles[7], "book 8");
    assert_eq!((report.query_count(), report.evidence().unfinished), (8, 0));
    assert_eq!(report.findings().len(), 1, "{report}");
}

#[tokio::test]
async fn requests_that_share_a_connection_keep_their_queries_and_finish_them() {
    let conn = connection().await;
    for _ in 0..50 {
        let first = diagnose(join_all((1..=4).map(|id| title(&conn, id))));
        let second = diagnose(join_all((5..=6).map(|id| title(&conn, id))));
        let ((_, first), (_, second)) = tokio::join!(first, second);
        assert_eq!((first.query_count(), first.evidence().unfinished), (4, 0));
        assert_eq!((second.query_count(), second.evidence().unfinished), (2, 0));
    }
}

#[tokio::test]
async fn two_requests_on_one_thread_are_never_mixed() {
    let pool = pool!(2);
    let doctor = Arc::new(test_doctor().analyzer(Strangers).build().unwrap());
    let request = async |name: String, count: i32| {
        let work = async {
            let mut conn = pool.get().await.unwrap();
            for id in 1..=count {
                query_of(&name, id).execute(&mut conn).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let ((), report) = work.diagnose_with(&doctor, name.as_str()).await;
        assert_eq!(strangers(&report), [""; 0], "{report}");
        assert_eq!(warnings(&report), [""; 0], "{report}");
        report.query_count()
    };
    for round in 0..1_000 {
        let counts = tokio::join!(request(format!("first_{round}"), 1), request(format!("second_{round}"), 2));
        assert_eq!(counts, (1, 2));
    }
}

#[tokio::test]
async fn a_query_in_anothers_scope_is_noticed_also_when_it_is_unfinished() {
    let mut conn = connection().await;
    let doctor = Arc::new(test_doctor().analyzer(Strangers).build().unwrap());
    let work = async {
        query_of("own", 1).execute(&mut conn).await.unwrap();
        query_of("owner", 1).execute(&mut conn).await.unwrap();
        let _ = query_of("other", 1).execute(&mut conn).now_or_never();
    };
    let ((), report) = work.diagnose_with(&doctor, "own").await;
    assert_eq!((report.query_count(), report.evidence().unfinished), (3, 1));
    let text = |name: &str| format!("SELECT title AS {name} FROM books WHERE id = ?");
    assert_eq!(strangers(&report), [text("other"), text("owner")], "{report}");
}

#[tokio::test]
async fn a_pool_drained_by_many_futures_is_found_at_the_closures_line() {
    let pool = pool!(3);
    let line = line!() + 4;
    let load = stream::iter(1..=9)
        .map(async |id| {
            let mut conn = pool.get().await.unwrap();
            books::table.find(id).select(books::title).first::<String>(&mut conn).await.unwrap()
        })
        .buffer_unordered(3);
    let (titles, report) = diagnose(load.collect::<Vec<_>>()).await;
    assert_eq!((titles.len(), report.query_count()), (9, 9));
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[tokio::test]
async fn a_stream_is_one_query_and_a_loop_over_it_is_found() {
    let (mut conn, mut other) = (connection().await, connection().await);
    let line = line!() + 5;
    let (rows, report) = diagnose(async {
        let mut rows = books::table.select(books::id).load_stream::<i32>(&mut conn).await?;
        let mut count = 0;
        while let Some(id) = rows.try_next().await? {
            let one = books::table.find(id).select(books::title).first::<String>(&mut other);
            one.await?;
            count += 1;
        }
        QueryResult::Ok(count)
    })
    .await;
    assert_eq!(rows, Ok(20));
    assert_eq!(report.query_count(), 21);
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[tokio::test]
async fn a_stream_of_ten_thousand_rows_is_one_query() {
    let mut conn = connection().await;
    let (rows, report) = diagnose(async {
        sql::<Integer>(TEN_THOUSAND_ROWS).load_stream::<i32>(&mut conn).await.unwrap().count().await
    })
    .await;
    assert_eq!((rows, report.query_count(), report.evidence().unfinished), (10_000, 1, 0), "{report}");
    report.assert_clean();
}

#[tokio::test]
async fn what_was_never_polled_or_dropped_half_way_is_unfinished_and_no_evidence() {
    let mut conn = connection().await;
    let ((), report) = diagnose(async {
        for id in 1..=5 {
            drop(books::table.find(id).select(books::title).first::<String>(&mut conn));
        }
        for id in 1..=5 {
            let _ = books::table.find(id).select(books::title).first::<String>(&mut conn).now_or_never();
        }
    })
    .await;
    assert_eq!((report.query_count(), report.evidence().unfinished), (10, 10));
    assert_eq!(warnings(&report), [""; 0], "{report}");
    assert_eq!(title(&conn, 1).await, "book 1");
}

#[tokio::test]
async fn a_query_that_times_out_is_unfinished() {
    let mut conn = connection().await;
    let (timed_out, report) = diagnose(async {
        let slow = diesel::sql_query("SELECT pg_sleep(60)").execute(&mut conn);
        tokio::time::timeout(Duration::from_millis(20), slow).await.is_err()
    })
    .await;
    assert!(timed_out);
    assert_eq!((report.query_count(), report.evidence().unfinished), (1, 1));
}

#[cfg(feature = "async-closures")]
#[tokio::test]
async fn a_transaction_that_is_dropped_half_way_leaves_nothing_to_the_next_request() {
    let pool = pool!(1);
    let ((), report) = diagnose(async {
        let mut conn = pool.get().await.unwrap();
        let (begun, wait) = tokio::sync::oneshot::channel();
        let transaction = conn.transaction(async |conn| {
            books::table.count().get_result::<i64>(conn).await?;
            begun.send(()).unwrap();
            std::future::pending::<QueryResult<()>>().await
        });
        tokio::select! {
            _ = transaction => unreachable!("it never ends"),
            begun = wait => begun.unwrap(),
        }
    })
    .await;
    assert_eq!((report.query_count(), report.evidence().transaction_statements), (1, 1));

    let (count, report) =
        diagnose(async { books::table.count().get_result::<i64>(&mut pool.get().await.unwrap()).await }).await;
    assert_eq!((count, report.query_count(), report.evidence().transaction_statements), (Ok(20), 1, 0));
}

#[cfg(feature = "async-closures")]
#[tokio::test]
async fn a_loop_in_a_transaction_is_found() {
    let mut conn = connection().await;
    let line = line!() + 5;
    let (result, report) = diagnose(async {
        conn.transaction(async |conn| {
            for id in 1..=5 {
                let row = books::table.find(id);
                diesel::update(row).set(books::title.eq("same")).execute(conn).await?;
            }
            QueryResult::Ok(())
        })
        .await
    })
    .await;
    assert_eq!(result, Ok(()));
    assert_eq!(report.evidence().transaction_statements, 2);
    assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");
}

#[tokio::test]
async fn connecting_inside_a_scope_is_set_up_and_not_the_programs() {
    let (conn, report) = diagnose(AsyncPgConnection::establish(&server("TEST_POSTGRES_URL"))).await;
    assert!(conn.is_ok());
    assert_eq!(report.query_count(), 0);
}

#[tokio::test]
async fn an_error_of_the_database_is_a_failure_and_no_loop() {
    let mut conn = connection().await;
    let (errors, report) = diagnose(async {
        let mut errors = 0;
        for id in 1..=5 {
            let row = (books::id.eq(id), books::title.eq("again"));
            let inserted = diesel::insert_into(books::table).values(row).execute(&mut conn).await;
            errors += usize::from(matches!(inserted, Err(Error::DatabaseError(..))));
        }
        errors
    })
    .await;
    assert_eq!((errors, report.evidence().failed), (5, 5));
    assert!(!warnings(&report).iter().any(|warning| warning.starts_with("n-plus-one")), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_cancelled_reports_once_with_its_unfinished_query() {
    let memory = Memory::new();
    let doctor = Arc::new(test_doctor().reporter(memory.clone()).build().unwrap());
    let pool = pool!(1);
    let (begun, wait) = tokio::sync::oneshot::channel();
    let taken = pool.clone();
    let request = async move {
        let mut conn = taken.get().await.unwrap();
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
        let slow = diesel::sql_query("SELECT pg_sleep(60)").execute(&mut conn);
        begun.send(()).unwrap();
        slow.await.unwrap();
    };
    let task = tokio::spawn(request.diagnose_with(&doctor, "cancelled"));
    wait.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(flush(LONG));
    let reports = memory.take();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].query_count(), reports[0].evidence().unfinished), (2, 1));
    assert_eq!(reports[0].ending(), Ending::Dropped);
}

#[tokio::test]
async fn an_idle_pool_is_evidence_and_no_scope_is_blind_by_it() {
    let pool = pool!(1);
    let ((), report) = diagnose(async { drop(pool.get().await.unwrap()) }).await;
    report.assert_queries(0);
    assert_eq!(report.verdict(), Verdict::Clean);
}
