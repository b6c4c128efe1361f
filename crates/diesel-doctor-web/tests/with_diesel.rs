//! Requests that ask real databases, by blocking and by async connections.

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_doctor::{ConnectionExt as _, Ending, Report, Verdict, bind};
use diesel_doctor_async::{AsyncConnectionExt as _, FollowCaller, prelude::*};
use futures_util::TryStreamExt;
use tower::ServiceExt;

use schema::books;
use support::{LONG, requests};

type AsyncSqlite = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<SqliteConnection, FollowCaller>;

mod schema {
    diesel::table! {
        books (id) {
            id -> Integer,
            title -> Text,
        }
    }
}

const TABLE: &str = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
                     INSERT INTO books (id, title) VALUES (1, 'one'), (2, 'two')";

fn open(name: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    diesel::connection::SimpleConnection::batch_execute(&mut conn, TABLE).unwrap();
    conn.doctor(name).unwrap();
    conn
}

async fn open_async(name: &str) -> AsyncSqlite {
    let mut conn = AsyncSqlite::establish(":memory:").await.unwrap();
    conn.batch_execute(TABLE).await.unwrap();
    conn.doctor(name).unwrap();
    conn
}

fn titles(conn: &mut SqliteConnection) -> Vec<String> {
    diesel::RunQueryDsl::load(books::table.select(books::title), conn).unwrap()
}

/// The report of one request to this handler.
async fn report<H, T>(handler: H) -> Report
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    let (requests, reports, _) = requests();
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert!(response.status().is_success());
    drop(response);
    reports.next()
}

fn names(report: &Report) -> Vec<&str> {
    let connections = &report.evidence().connections;
    let mut names: Vec<_> = connections.iter().map(|connection| connection.label.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn blocking_and_async_connections_are_seen_in_one_request() {
    let report = report(async || {
        let mut conn = open_async("async").await;
        books::table.select(books::title).first::<String>(&mut conn).await.unwrap();
        let blocking = bind(|| titles(&mut open("blocking")).len());
        assert_eq!(tokio::task::spawn_blocking(blocking).await.unwrap(), 2);
        assert_eq!(titles(&mut open("blocking, on the executor")).len(), 2);
    })
    .await;
    assert_eq!(names(&report), ["async", "blocking", "blocking, on the executor"]);
    let queries = report.evidence().connections.iter().map(|connection| connection.queries);
    assert_eq!(queries.collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test]
async fn all_databases_of_a_request_are_in_its_report() {
    let both = Arc::new(Mutex::new((open("first"), open("second"))));
    let report = report(async move || {
        let both = &mut *both.lock().unwrap();
        titles(&mut both.0);
        titles(&mut both.1);
    })
    .await;
    assert_eq!((names(&report), report.query_count()), (vec!["first", "second"], 2));
    assert_eq!(report.verdict(), Verdict::Clean, "two databases may be asked the same");
}

#[tokio::test]
async fn every_way_to_run_a_query_is_counted() {
    let counted = async |queries: u64, run: &mut dyn AsyncRun| {
        let mut conn = open_async("main").await;
        let ((), report) = async { run.run(&mut conn).await }.diagnose("one way").await;
        assert_eq!(report.query_count(), queries);
    };
    for way in ALL_WAYS {
        counted(1, &mut Way(way)).await;
    }
    counted(0, &mut Way("none")).await;
}

const ALL_WAYS: [&str; 8] =
    ["load", "first", "get_result", "get_results", "load_stream", "count", "execute", "sql_query"];

struct Way(&'static str);

type Running<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

trait AsyncRun {
    fn run<'a>(&'a mut self, conn: &'a mut AsyncSqlite) -> Running<'a>;
}

impl AsyncRun for Way {
    fn run<'a>(&'a mut self, conn: &'a mut AsyncSqlite) -> Running<'a> {
        let all = books::table.select(books::title);
        Box::pin(async move {
            match self.0 {
                "load" => assert_eq!(all.load::<String>(conn).await.unwrap().len(), 2),
                "first" => assert_eq!(all.first::<String>(conn).await.unwrap(), "one"),
                "get_result" => assert_eq!(all.get_result::<String>(conn).await.unwrap(), "one"),
                "get_results" => assert_eq!(all.get_results::<String>(conn).await.unwrap().len(), 2),
                "load_stream" => {
                    let rows: Vec<String> = all.load_stream(conn).await.unwrap().try_collect().await.unwrap();
                    assert_eq!(rows.len(), 2);
                }
                "count" => assert_eq!(books::table.count().get_result::<i64>(conn).await.unwrap(), 2),
                "execute" => assert_eq!(diesel::delete(books::table).execute(conn).await.unwrap(), 2),
                "sql_query" => drop(diesel::sql_query("DELETE FROM books").execute(conn).await.unwrap()),
                _ => {}
            }
        })
    }
}

#[tokio::test]
async fn all_ways_give_the_same_report() {
    let mut conn = open("main");
    let (_, by_closure) = diesel_doctor::diagnose("GET /", || titles(&mut conn));
    let (_, by_future) = async { titles(&mut conn) }.diagnose("GET /").await;
    let shared = Arc::new(Mutex::new(conn));
    let by_middleware = report(async move || drop(titles(&mut shared.lock().unwrap()))).await;
    let outline = |report: &Report| {
        (report.scope.clone(), report.query_count(), report.verdict(), report.ending(), report.findings().len())
    };
    assert_eq!(outline(&by_closure), ("GET /".to_owned(), 1, Verdict::Clean, Ending::Closed, 0));
    assert_eq!(outline(&by_future), outline(&by_closure));
    assert_eq!(outline(&by_middleware), outline(&by_closure));
}

#[tokio::test]
async fn a_loop_over_requests_of_one_connection_is_shown_once_at_the_handlers_line() {
    let (requests, reports, shown) = requests();
    let line = line!() + 4;
    let handler = async || {
        let mut conn = open_async("main").await;
        for id in 1..=5 {
            books::table.filter(books::id.eq(id)).select(books::title).load::<String>(&mut conn).await.unwrap();
        }
    };
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    for _ in 0..3 {
        drop(app.clone().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap());
    }
    let summary = requests.finish(LONG);
    assert_eq!((reports.rest().len(), shown.reports().len(), summary.findings.len()), (3, 1, 1));
    let place = summary.findings[0].place.as_ref().unwrap();
    assert_eq!((&*place.file, place.line), ("crates/diesel-doctor-web/tests/with_diesel.rs", line));
}
