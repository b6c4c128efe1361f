//! Thousands of requests as they are by default: a pool over SQLite, call sites, the text reporter; some handlers panic, and some clients
//! go away. Every response is right, every query is with its request, each finding is shown once, memory is flat.

mod support;

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{HttpResponse, web};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, body::Body};
use bytes::Bytes;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool as BlockingPool};
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_doctor::r2d2::{DoctorManager, ManageConnectionExt as _};
use diesel_doctor::reporters::TextReporter;
use diesel_doctor::{DoctorBuilder, Ending, Profile, Report};
use diesel_doctor_async::{FollowCaller, deadpool::PoolBuilderExt as _};
use diesel_doctor_web::Requests;
use diesel_doctor_web::actix::block;
use futures_util::future::{FutureExt, join_all};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use peak_alloc::PeakAlloc;
use tower::ServiceExt;

use schema::books;
use support::{LONG, expected_queries};

const ROUTES: usize = 40;
const CLIENTS: usize = 25;
/// At once, at the most: as many scopes as wait for the doctor without being given up, so that each is analysed.
const WAVE: usize = 500;
const WAVES: usize = 4;

/// Less than this may stay allocated after as many requests: 64 bytes for each, where a scope or a report has more than a thousand.
const FLAT: usize = (WAVES * WAVE) << 6;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

mod schema {
    diesel::table! {
        books (id) {
            id -> Integer,
            title -> Text,
        }
    }
}

/// One test after the other: both measure the process's memory.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A database with a book for each route, in a file that goes with this.
struct Database(String);

impl Database {
    fn new(name: &str) -> Self {
        let path = format!("{}/load-{name}-{}.sqlite", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        let mut conn = SqliteConnection::establish(&path).unwrap();
        conn.batch_execute("CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)").unwrap();
        let rows = (0..ROUTES).map(|number| (books::id.eq(id(number)), books::title.eq(format!("book {number}"))));
        diesel::insert_into(books::table).values(rows.collect::<Vec<_>>()).execute(&mut conn).unwrap();
        Self(path)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn id(number: usize) -> i32 {
    number.try_into().unwrap()
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Answered,
    /// The handler panics.
    Panics,
    /// The client leaves while the body is sent.
    Left,
    /// The client leaves while the handler works.
    GivenUp,
}

impl Course {
    fn of(route: usize) -> Self {
        match route % 10 {
            3 => Self::Panics,
            6 => Self::Left,
            9 => Self::GivenUp,
            _ => Self::Answered,
        }
    }

    fn ending(self) -> Ending {
        match self {
            Self::Answered => Ending::Closed,
            Self::Panics => Ending::Panicked,
            Self::Left | Self::GivenUp => Ending::Dropped,
        }
    }
}

/// The books of a route: its own, as often as it has queries to make, and then those after it.
fn ids(route: usize) -> impl Iterator<Item = i32> {
    (0..expected_queries(route)).map(move |number| id((route + number) % ROUTES))
}

fn expected_answer(route: usize) -> String {
    ids(route).map(|id| format!("book {id};")).collect::<Vec<_>>().concat()
}

/// A body without end.
fn endless(answer: &str) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + use<> {
    stream::repeat(Bytes::from(answer.to_owned())).map(Ok)
}

/// What the reports of a load test come to.
#[derive(Clone, Debug, Default)]
struct Watched {
    text: Arc<Mutex<Vec<u8>>>,
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Write for Watched {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Watched {
    fn requests(&self) -> Requests {
        let doctor = DoctorBuilder::without_environment().profile(Profile::Test);
        let doctor = doctor.reporter(TextReporter::to(self.clone())).build().unwrap();
        let watched = self.clone();
        Requests::builder().doctor(doctor).on_report(move |report| watched.check(report)).build()
    }

    fn check(&self, report: &Report) {
        let route: usize = report.scope.strip_prefix("GET /").unwrap().parse().unwrap();
        let (course, most) = (Course::of(route), expected_queries(route) as u64);
        let is_whole = report.query_count() == most && report.evidence().late == 0;
        let is_part = course == Course::GivenUp && report.query_count() <= most;
        if report.ending() != course.ending() || !(is_whole || is_part) {
            self.wrong.lock().unwrap().push(report.to_string());
        }
    }

    /// Runs waves of requests, and measures what the later ones leave behind.
    async fn run(&self, requests: &Requests, wave: impl AsyncFn()) {
        let waves = async || {
            for _ in 0..WAVES {
                wave().await;
                assert!(diesel_doctor_core::flush(LONG));
            }
            ALLOCATOR.current_usage()
        };
        let taken = [waves().await, waves().await, waves().await];
        // Symbols may be read late, which stay; a leak would grow each time.
        let grown = taken[1].saturating_sub(taken[0]).min(taken[2].saturating_sub(taken[1]));

        let summary = requests.finish(LONG);
        assert_eq!(*self.wrong.lock().unwrap(), [""; 0]);
        assert_eq!(summary.reports, (3 * WAVES * WAVE) as u64);
        assert_eq!((summary.not_analysed, summary.not_reported, summary.pending), (0, 0, 0));
        let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
        assert!(!summary.findings.is_empty());
        for finding in &summary.findings {
            let place = finding.place.as_ref().unwrap();
            assert_eq!(&*place.file, "crates/diesel-doctor-web/tests/load_sqlite.rs");
        }
        let shown = text.matches("warning[").count() + text.matches("info[").count();
        assert_eq!(shown, summary.findings.len(), "each finding is shown once: {text}");
        assert!(grown < FLAT, "{taken:?} bytes after {} requests each", WAVES * WAVE);
    }
}

type AsyncSqlite = SyncConnectionWrapper<SqliteConnection, FollowCaller>;

async fn titles(pool: &Pool<AsyncSqlite>, route: usize) -> String {
    let mut conn = pool.get().await.unwrap();
    let mut answer = String::new();
    for id in ids(route) {
        let title = books::table.find(id).select(books::title);
        answer += &diesel_async::RunQueryDsl::first::<String>(title, &mut conn).await.unwrap();
        answer.push(';');
    }
    answer
}

/// The answer where the handler panics.
async fn catch(request: Request, next: Next) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn axum_app(pool: &Pool<AsyncSqlite>, requests: &Requests) -> Router {
    let routes = (0..ROUTES).fold(Router::new(), |app, route| {
        let pool = pool.clone();
        let handler = async move || {
            let answer = titles(&pool, route).await;
            match Course::of(route) {
                Course::Answered => answer.into_response(),
                Course::Panics => resume_unwind(Box::new("of the user")),
                Course::Left => Body::from_stream(endless(&answer)).into_response(),
                Course::GivenUp => pending().await,
            }
        };
        app.route(&format!("/{route}"), get(handler))
    });
    routes.layer(requests.layer()).layer(from_fn(catch))
}

async fn send_to_axum(app: &Router, route: usize) {
    let request = Request::get(format!("/{route}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request);
    if Course::of(route) == Course::GivenUp {
        return assert!(response.now_or_never().is_none());
    }
    let response = response.await.unwrap();
    let status = response.status();
    let mut body = response.into_body();
    match Course::of(route) {
        Course::Answered => assert_eq!(body.collect().await.unwrap().to_bytes(), expected_answer(route)),
        Course::Panics => assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR),
        Course::Left => {
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), expected_answer(route));
        }
        Course::GivenUp => unreachable!("there is no response"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::await_holding_lock, reason = "nothing else on this runtime waits for it")]
async fn requests_to_axum_keep_their_queries_and_leave_no_memory_behind() {
    let _alone = alone();
    let database = Database::new("axum");
    let manager = AsyncDieselConnectionManager::<AsyncSqlite>::new(&database.0);
    let pool = Pool::builder(manager).doctored("books").max_size(4).build().unwrap();
    let watched = Watched::default();
    let requests = watched.requests();
    let app = axum_app(&pool, &requests);
    let wave = async || {
        let clients = (0..CLIENTS).map(|client| {
            let app = app.clone();
            tokio::spawn(async move {
                for number in 0..WAVE / CLIENTS {
                    send_to_axum(&app, (client + number * 7) % ROUTES).await;
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
    };
    watched.run(&requests, wave).await;
}

type Connections = BlockingPool<DoctorManager<ConnectionManager<SqliteConnection>>>;

async fn page(pool: Connections, route: usize) -> HttpResponse {
    let titles = move || {
        let mut conn = pool.get().unwrap();
        let title = |id| books::table.find(id).select(books::title).first::<String>(&mut conn).unwrap() + ";";
        ids(route).map(title).collect::<String>()
    };
    let answer = block(titles).await.unwrap();
    match Course::of(route) {
        Course::Answered => HttpResponse::Ok().body(answer),
        Course::Panics => resume_unwind(Box::new("of the user")),
        Course::Left => HttpResponse::Ok().streaming(endless(&answer)),
        Course::GivenUp => pending().await,
    }
}

#[actix_web::test]
#[expect(clippy::await_holding_lock, reason = "nothing else on this runtime waits for it")]
async fn requests_to_actix_keep_their_queries_and_leave_no_memory_behind() {
    let _alone = alone();
    let database = Database::new("actix");
    let manager = ConnectionManager::<SqliteConnection>::new(&database.0).doctored("books");
    let pool = BlockingPool::builder().max_size(4).build(manager).unwrap();
    let watched = Watched::default();
    let requests = watched.requests();
    let routes = |service: &mut web::ServiceConfig| {
        for route in 0..ROUTES {
            let pool = pool.clone();
            service.route(&format!("/{route}"), web::get().to(move || page(pool.clone(), route)));
        }
    };
    let app = init_service(actix_web::App::new().wrap(requests.middleware()).configure(routes)).await;
    let send = async |route: usize| {
        let request = TestRequest::with_uri(&format!("/{route}")).to_request();
        let response = AssertUnwindSafe(app.call(request)).catch_unwind();
        if Course::of(route) == Course::GivenUp {
            return assert!(response.now_or_never().is_none());
        }
        let response = response.await;
        if Course::of(route) == Course::Panics {
            return assert!(response.is_err());
        }
        let mut body = pin!(response.unwrap().unwrap().into_body());
        let mut chunk = async || std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
        let expected = expected_answer(route);
        if !expected.is_empty() {
            assert_eq!(chunk().await.unwrap().unwrap(), expected);
        }
        if Course::of(route) == Course::Answered {
            assert!(chunk().await.is_none());
        }
    };
    let wave = async || {
        let clients = (0..CLIENTS).map(async |client| {
            for number in 0..WAVE / CLIENTS {
                send((client + number * 7) % ROUTES).await;
            }
        });
        join_all(clients).await;
    };
    watched.run(&requests, wave).await;
}
