//! Async MySQL.

use std::sync::{Arc, LazyLock};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};
use diesel_doctor::{Doctor, Report};
use diesel_doctor_async::prelude::*;
use diesel_doctor_tests::blog::{TEN_THOUSAND_ROWS, test_doctor, warnings};
use diesel_doctor_tests::events::server;
use diesel_doctor_tests::library::books;
use diesel_doctor_tests::library_pool;
use futures_util::{FutureExt as _, StreamExt as _};

async fn diagnose<T>(work: impl Future<Output = T>) -> (T, Report) {
    static DOCTOR: LazyLock<Arc<Doctor>> = LazyLock::new(|| Arc::new(test_doctor().build().unwrap()));
    work.diagnose_with(&DOCTOR, "scenario").await
}

macro_rules! pool {
    ($size:expr) => {
        library_pool!(AsyncMysqlConnection, &server("TEST_MYSQL_URL"), $size)
    };
}

#[tokio::test]
async fn sequential_awaits_are_found_at_their_line() {
    let pool = pool!(1);
    let line = line!() + 5;
    let ((), report) = diagnose(async {
        let mut conn = pool.get().await.unwrap();
        for id in 1..=5 {
            let one = books::table.find(id).select(books::title);
            one.first::<String>(&mut conn).await.unwrap();
        }
    })
    .await;
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
    assert_eq!(report.evidence().unfinished, 0);
}

#[tokio::test]
async fn the_pools_checks_are_apart_and_the_next_request_starts_anew() {
    let pool = pool!(1);
    let count = async || books::table.count().get_result::<i64>(&mut pool.get().await.unwrap()).await;
    let (first, first_report) = diagnose(count()).await;
    let (second, second_report) = diagnose(count()).await;
    assert_eq!((first, second), (Ok(20), Ok(20)));
    for (report, pings) in [(first_report, 0), (second_report, 1)] {
        assert_eq!((report.query_count(), report.evidence().pings), (1, pings), "{report}");
    }
}

#[tokio::test]
async fn a_stream_of_ten_thousand_rows_is_one_query() {
    let pool = pool!(1);
    let (rows, report) = diagnose(async {
        let mut conn = pool.get().await.unwrap();
        sql::<BigInt>(TEN_THOUSAND_ROWS).load_stream::<i64>(&mut conn).await.unwrap().count().await
    })
    .await;
    assert_eq!((rows, report.query_count(), report.evidence().unfinished), (10_000, 1, 0), "{report}");
    report.assert_clean();
}

#[tokio::test]
async fn what_was_dropped_half_way_is_unfinished() {
    let pool = pool!(1);
    let ((), report) = diagnose(async {
        let mut conn = pool.get().await.unwrap();
        let slow = diesel::sql_query("SELECT SLEEP(60)").execute(&mut conn);
        assert!(slow.now_or_never().is_none());
    })
    .await;
    assert_eq!((report.query_count(), report.evidence().unfinished), (1, 1));
}
