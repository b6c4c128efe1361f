//! What a middleware costs a request: the service is called in the process, and asks SQLite in memory so many times.
//!
//! `none` is the application without middleware, on connections that nobody watches. The reports are made meanwhile on the doctor's thread,
//! which needs a core of its own for the figures to be those of the request alone.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use actix_web::dev::Service as _;
use axum::body::Body;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_doctor::reporters::Silent;
use diesel_doctor::{ConnectionExt as _, DoctorBuilder, Profile};
use diesel_doctor_web::Requests;
use tower::ServiceExt as _;

use schema::books;

const QUERIES: [u32; 4] = [0, 1, 10, 100];

mod schema {
    diesel::table! {
        books (id) {
            id -> Integer,
            title -> Text,
        }
    }
}

thread_local! {
    static PLAIN: RefCell<SqliteConnection> = RefCell::new(open());
    static WATCHED: RefCell<SqliteConnection> = RefCell::new({
        let mut conn = open();
        conn.doctor("bench").unwrap();
        conn
    });
}

fn open() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL); INSERT INTO books VALUES (1, 'one')",
    )
    .unwrap();
    conn
}

fn ask(is_watched: bool, queries: u32) -> usize {
    let ask = |conn: &RefCell<SqliteConnection>| {
        let conn = &mut *conn.borrow_mut();
        (0..queries).map(|_| books::table.find(1).select(books::title).first::<String>(conn).unwrap().len()).sum()
    };
    if is_watched { WATCHED.with(ask) } else { PLAIN.with(ask) }
}

/// The variants, with the middleware of each.
fn variants() -> [(&'static str, Option<Requests>); 3] {
    let requests = |profile| {
        let doctor = DoctorBuilder::without_environment().profile(profile).reporter(Silent).build().unwrap();
        Some(Requests::builder().doctor(doctor).build())
    };
    [("none", None), ("production", requests(Profile::Production)), ("test", requests(Profile::Test))]
}

fn axum(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut group = criterion.benchmark_group("axum");
    for (variant, requests) in variants() {
        for queries in QUERIES {
            let is_watched = requests.is_some();
            let handler = move || std::future::ready(ask(is_watched, queries).to_string());
            let mut app = axum::Router::new().route("/", axum::routing::get(handler));
            if let Some(requests) = &requests {
                app = app.layer(requests.layer());
            }
            group.bench_function(BenchmarkId::new(variant, queries), |bencher| {
                bencher.iter(|| {
                    let request = axum::http::Request::get("/").body(Body::empty()).unwrap();
                    black_box(runtime.block_on(app.clone().oneshot(request)).unwrap())
                });
            });
        }
    }
    group.finish();
}

fn actix(criterion: &mut Criterion) {
    let runtime = actix_web::rt::Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("actix");
    for (variant, requests) in variants() {
        for queries in QUERIES {
            let is_watched = requests.is_some();
            let handler = move || std::future::ready(ask(is_watched, queries).to_string());
            let route = actix_web::web::get().to(handler);
            let request = || actix_web::test::TestRequest::get().to_request();
            let id = BenchmarkId::new(variant, queries);
            match &requests {
                None => {
                    let app = actix_web::App::new().route("/", route);
                    let app = runtime.block_on(actix_web::test::init_service(app));
                    group.bench_function(id, |bencher| {
                        bencher.iter(|| drop(black_box(runtime.block_on(app.call(request())).unwrap())));
                    });
                }
                Some(requests) => {
                    let app = actix_web::App::new().wrap(requests.middleware()).route("/", route);
                    let app = runtime.block_on(actix_web::test::init_service(app));
                    group.bench_function(id, |bencher| {
                        bencher.iter(|| drop(black_box(runtime.block_on(app.call(request())).unwrap())));
                    });
                }
            }
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(50);
    targets = axum, actix
}
criterion_main!(benches);
