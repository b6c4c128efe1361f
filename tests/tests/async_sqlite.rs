//! Async SQLite: a blocking connection behind diesel-async's wrapper, and what holds for futures on any database.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection as _, RunQueryDsl, SimpleAsyncConnection as _};
use diesel_doctor::reporters::Memory;
use diesel_doctor::{Doctor, DoctorInstrumentation, Ending, Health, MissingCallSites, Verdict, flush};
use diesel_doctor_async::prelude::*;
use diesel_doctor_tests::blog::{TEN_THOUSAND_ROWS, test_doctor, warnings};
use diesel_doctor_tests::library::{Following, Stock, books, open, with_tables};
use diesel_doctor_tests::library_pool;
use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::oneshot;

const LONG: Duration = Duration::from_secs(60);

async fn following() -> Following {
    let mut conn: Following = open(":memory:").await;
    conn.doctor("main").unwrap();
    conn
}

fn doctor() -> (Arc<Doctor>, Memory) {
    let memory = Memory::new();
    (Arc::new(test_doctor().reporter(memory.clone()).build().unwrap()), memory)
}

#[tokio::test]
async fn a_following_connection_gives_scope_and_line() {
    let mut conn = following().await;
    let line = line!() + 4;
    let work = async {
        for id in 1..=5 {
            let one = books::table.find(id).select(books::title);
            assert_eq!(one.first::<String>(&mut conn).await.unwrap(), format!("book {id}"));
        }
    };
    let ((), report) = work.diagnose_with(&doctor().0, "books").await;
    assert_eq!(report.query_count(), 5);
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[tokio::test]
async fn the_callers_of_a_following_connection_are_known_up_to_the_scope() {
    async fn title(conn: &mut Following, id: i32) -> String {
        books::table.find(id).select(books::title).first(conn).await.unwrap()
    }
    async fn page(conn: &mut Following) {
        for id in 1..=5 {
            title(conn, id).await;
        }
    }
    let mut conn = following().await;
    let ((), report) = page(&mut conn).diagnose_with(&doctor().0, "page").await;
    let functions: Vec<_> =
        report.findings()[0].sites[0].frames.iter().map(|frame| frame.function.to_string()).collect();
    assert_eq!(functions.len(), 2, "{functions:?}");
    assert!(functions[0].contains("title") && functions[1].contains("page"), "{functions:?}");
}

#[tokio::test]
async fn a_closure_on_the_blocking_thread_is_its_own_call_site() {
    let mut conn = following().await;
    let line = line!() + 5;
    let work = async {
        conn.spawn_blocking(|conn| {
            use diesel::RunQueryDsl as Blocking;
            for id in 1..=5 {
                Blocking::load::<String>(books::table.find(id).select(books::title), conn)?;
            }
            Ok(())
        })
        .await
    };
    let (done, report) = work.diagnose_with(&doctor().0, "closure").await;
    assert_eq!(done, Ok(()));
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[tokio::test]
async fn a_stock_connection_from_a_pool_gives_the_scope_and_says_why_there_is_no_line() {
    let pool = library_pool!(Stock, ":memory:", 2);
    let work = async {
        let mut conn = pool.get().await.unwrap();
        for id in 1..=5 {
            books::table.find(id).select(books::title).first::<String>(&mut conn).await.unwrap();
        }
    };
    let ((), report) = work.diagnose_with(&doctor().0, "books").await;
    assert_eq!(report.query_count(), 5);
    assert_eq!(warnings(&report), ["n-plus-one@?"], "{report}");
    assert_eq!(report.evidence().call_sites.missing, Some(MissingCallSites::NoUserFrame));
    assert!(report.to_string().contains("SyncConnectionWrapper<_, FollowCaller>"), "how to get it: {report}");
    assert!(report.evidence().notes.iter().any(|note| note.contains("blocking thread")), "{report}");
}

#[tokio::test]
async fn a_pooled_connection_belongs_to_whoever_took_it_last_and_its_checks_to_nobodys_count() {
    let pool = library_pool!(Stock, ":memory:", 1);
    let load = async |count: i32| {
        let mut conn = pool.get().await.unwrap();
        for id in 1..=count {
            books::table.find(id).select(books::title).first::<String>(&mut conn).await.unwrap();
        }
    };
    let (doctor, _) = doctor();
    let ((), first) = load(1).diagnose_with(&doctor, "first").await;
    let ((), second) = load(2).diagnose_with(&doctor, "second").await;
    let before = Health::of_process();
    load(3).await;
    let after = Health::of_process();
    let ((), fourth) = load(4).diagnose_with(&doctor, "fourth").await;
    assert_eq!([first.query_count(), second.query_count(), fourth.query_count()], [1, 2, 4]);
    assert_eq!([first.evidence().pings, second.evidence().pings, fourth.evidence().pings], [0, 1, 1]);
    assert!(after.unscoped - before.unscoped >= 3, "those without a scope");
}

#[tokio::test]
async fn a_pool_whose_connections_have_a_hook_of_somebody_elses_works_and_is_counted() {
    let manager = {
        let mut config = with_tables::<Stock>();
        let prepared = config.custom_setup;
        config.custom_setup = Box::new(move |url| {
            let made = prepared(url);
            Box::pin(async move {
                let mut conn = made.await?;
                conn.set_instrumentation(|_: diesel::connection::InstrumentationEvent<'_>| {});
                Ok(conn)
            })
        });
        diesel_doctor_tests::library::AsyncDieselConnectionManager::<Stock>::new_with_config(":memory:", config)
    };
    let pool = diesel_doctor_tests::library::Pool::builder(manager).doctored("foreign").build().unwrap();
    let before = Health::of_process().unwatched;
    let mut conn = pool.get().await.unwrap();
    assert_eq!(books::table.count().get_result::<i64>(&mut conn).await, Ok(20));
    assert!(Health::of_process().unwatched > before);
    assert!(!conn.is_doctored());
}

#[tokio::test]
async fn a_chained_hook_is_watched_by_the_pool_and_goes_on() {
    let events = diesel_doctor_tests::events::Events::default();
    let manager = {
        let mut config = with_tables::<Stock>();
        let (prepared, events) = (config.custom_setup, events.clone());
        config.custom_setup = Box::new(move |url| {
            let (made, events) = (prepared(url), events.clone());
            Box::pin(async move {
                let mut conn = made.await?;
                let recorder = diesel_doctor_tests::events::Recorder::new(&events);
                conn.set_instrumentation(DoctorInstrumentation::chain(recorder));
                Ok(conn)
            })
        });
        diesel_doctor_tests::library::AsyncDieselConnectionManager::<Stock>::new_with_config(":memory:", config)
    };
    let pool = diesel_doctor_tests::library::Pool::builder(manager).doctored("chained").build().unwrap();
    let work = async { books::table.count().get_result::<i64>(&mut pool.get().await.unwrap()).await };
    let (count, report) = work.diagnose_with(&doctor().0, "chained").await;
    assert_eq!((count, report.query_count()), (Ok(20), 1));
    assert_eq!(events.letters(), "S C F");
}

#[tokio::test]
async fn a_stock_connection_without_a_pool_is_told_its_scope_by_doctor() {
    let mut conn: Stock = open(":memory:").await;
    conn.doctor("main").unwrap();
    let (doctor, _) = doctor();
    let before = Health::of_process().unscoped;
    let count = async { books::table.count().get_result::<i64>(&mut conn).await };
    let (_, report) = count.diagnose_with(&doctor, "untold").await;
    assert_eq!(report.query_count(), 0);
    assert!(Health::of_process().unscoped > before, "never silently");

    let work = async {
        conn.doctor("main").unwrap();
        books::table.count().get_result::<i64>(&mut conn).await
    };
    let (count, report) = work.diagnose_with(&doctor, "told").await;
    assert_eq!((count, report.query_count()), (Ok(20), 1));

    let late = Health::of_process().late;
    books::table.count().get_result::<i64>(&mut conn).await.unwrap();
    assert!(Health::of_process().late > late, "the scope is gone");
}

#[tokio::test]
async fn a_stream_of_ten_thousand_rows_is_one_query() {
    let mut conn = following().await;
    let work = async { sql::<Integer>(TEN_THOUSAND_ROWS).load_stream::<i32>(&mut conn).await.unwrap().count().await };
    let (rows, report) = work.diagnose_with(&doctor().0, "stream").await;
    assert_eq!((rows, report.query_count(), report.evidence().unfinished), (10_000, 1, 0), "{report}");
    report.assert_clean();
}

#[declare_sql_function]
extern "SQL" {
    /// Returns 0, once it may.
    fn held() -> Integer;
}

/// Inserts 99,901 books on the blocking thread, and drops the future meanwhile: the insert is held until that has been polled.
async fn insert_and_drop(conn: &mut Following) {
    let (go_on, wait) = mpsc::channel::<()>();
    let register = |conn: &mut SqliteConnection| {
        held_utils::register_nondeterministic_impl(conn, move || {
            let _ = wait.recv();
            0
        })
    };
    conn.spawn_blocking(register).await.unwrap();
    let slow = "INSERT INTO books (id, title) WITH RECURSIVE n (i) AS (SELECT 100 + held() UNION ALL SELECT i + 1 FROM n \
                WHERE i < 100000) SELECT i, 'x' FROM n";
    let mut insert = pin!(diesel::sql_query(slow).execute(conn));
    assert!(insert.as_mut().now_or_never().is_none());
    drop(go_on);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_a_dropped_future_ends_before_the_drop_does() {
    let (doctor, memory) = doctor();
    let mut conn = following().await;
    let work = async {
        insert_and_drop(&mut conn).await;
        books::table.count().get_result::<i64>(&mut conn).await.unwrap()
    };
    let (count, report) = work.diagnose_with(&doctor, "dropped").await;
    assert_eq!(count, 20 + 99_901);
    assert_eq!((report.query_count(), report.evidence().unfinished), (2, 0));
    assert_eq!(memory.reports().len(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn on_one_thread_a_following_connections_drop_waits_where_the_stock_ones_panics() {
    let mut conn = following().await;
    insert_and_drop(&mut conn).await;
    assert_eq!(books::table.count().get_result::<i64>(&mut conn).await, Ok(20 + 99_901));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_reports_what_was_seen_and_the_connection_goes_on() {
    let (doctor, memory) = doctor();
    let mut conn = following().await;
    let (asked, time_is_up) = oneshot::channel();
    let work = async {
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
        asked.send(()).unwrap();
        pending::<()>().await;
    };
    tokio::select! {
        _ = work.diagnose_with(&doctor, "slow") => unreachable!("it never ends"),
        asked = time_is_up => asked.unwrap(),
    }
    assert!(flush(LONG));
    let reports = memory.take();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].query_count(), reports[0].ending()), (1, Ending::Dropped));
    assert_eq!(books::table.count().get_result::<i64>(&mut conn).await, Ok(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_task_reports_once_and_is_the_programs() {
    let (doctor, memory) = doctor();
    let mut conn = following().await;
    let work = async move {
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
        panic!("of the program");
    };
    let joined = tokio::spawn(work.diagnose_with(&doctor, "panics")).await;
    assert!(joined.unwrap_err().is_panic());
    assert!(flush(LONG));
    let reports = memory.take();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].query_count(), reports[0].ending()), (1, Ending::Panicked));
}

#[cfg(feature = "async-closures")]
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_rolled_back_by_an_error_is_seen_whole() {
    let mut conn = following().await;
    let line = line!() + 5;
    let work = async {
        conn.transaction(async |conn| {
            for id in 1..=5 {
                let row = (books::id.eq(id + 100), books::title.eq("new"));
                diesel::insert_into(books::table).values(row).execute(conn).await?;
            }
            Err::<(), _>(Error::RollbackTransaction)
        })
        .await
    };
    let (result, report) = work.diagnose_with(&doctor().0, "transaction").await;
    assert_eq!(result, Err(Error::RollbackTransaction));
    assert_eq!((report.query_count(), report.evidence().transaction_statements), (5, 2));
    assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");
    assert_eq!(books::table.count().get_result::<i64>(&mut conn).await, Ok(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn resolvers_that_each_load_are_found_and_one_loader_for_all_is_not() {
    let pool = library_pool!(Following, ":memory:", 3);
    let (doctor, _) = doctor();
    let line = line!() + 3;
    let resolve = async |id: i32| {
        let mut conn = pool.get().await.unwrap();
        books::table.find(id).select(books::title).first::<String>(&mut conn).await.unwrap()
    };
    let (titles, report) = join_all((1..=6).map(&resolve)).diagnose_with(&doctor, "resolvers").await;
    assert_eq!(titles.len(), 6);
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");

    let load = async |ids: Vec<i32>| {
        let mut conn = pool.get().await.unwrap();
        books::table.filter(books::id.eq_any(ids)).select(books::title).load::<String>(&mut conn).await.unwrap()
    };
    let (titles, report) = load((1..=6).collect()).diagnose_with(&doctor, "loader").await;
    assert_eq!((titles.len(), report.query_count()), (6, 1));
    report.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_background_task_does_not_keep_the_scope_open_and_its_later_queries_are_late() {
    let (doctor, _) = doctor();
    let mut conn = following().await;
    let (asked, first) = oneshot::channel();
    let (go, wait) = oneshot::channel::<()>();
    let later = async move {
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
        asked.send(()).unwrap();
        wait.await.unwrap();
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
    };
    let mut task = None;
    let request = async {
        task = Some(tokio::spawn(later.in_current_scope()));
        first.await.unwrap();
    };
    let ((), report) = request.diagnose_with(&doctor, "request").await;
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Closed));
    let before = Health::of_process().late;
    go.send(()).unwrap();
    task.unwrap().await.unwrap();
    assert!(Health::of_process().late > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_in_one_task_nest() {
    let (doctor, _) = doctor();
    let mut conn = following().await;
    let outer = async {
        books::table.count().get_result::<i64>(&mut conn).await.unwrap();
        let inner = async { books::table.count().get_result::<i64>(&mut conn).await };
        inner.diagnose_with(&doctor, "inner").await.1
    };
    let (inner, outer) = outer.diagnose_with(&doctor, "outer").await;
    assert_eq!((inner.query_count(), outer.query_count()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_by_hand_follows_its_futures_and_is_closed_elsewhere() {
    let (doctor, _) = doctor();
    let mut conn = following().await;
    let scope = doctor.open("job");
    conn.batch_execute("SELECT 1; SELECT 2").with_scope(&scope).await.unwrap();
    let count = async { books::table.count().get_result::<i64>(&mut conn).await };
    assert_eq!(count.with_scope(&scope).await, Ok(20));
    let report = scope.close_async().await;
    assert_eq!((report.query_count(), report.ending()), (2, Ending::Closed));
}

#[tokio::test]
async fn a_query_that_was_begun_before_its_scope_is_not_in_it_and_the_report_is_no_pass() {
    let mut conn = following().await;
    let before = Health::of_process().unscoped;
    let begun = books::table.count().get_result::<i64>(&mut conn);
    let (count, report) = begun.diagnose_with(&doctor().0, "too late").await;
    assert_eq!((count, report.query_count()), (Ok(20), 0));
    assert!(matches!(report.verdict(), Verdict::Blind(_)), "{report}");
    assert!(Health::of_process().unscoped > before);
}
