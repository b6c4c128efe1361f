//! Ten thousand requests at once: every response right, every query with its request, memory flat.

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel_doctor_core::{CallSites, DoctorBuilder, bind, reporters::Silent};
use diesel_doctor_web::Requests;
use http_body_util::BodyExt;
use peak_alloc::PeakAlloc;
use tower::ServiceExt;

use support::{Tally, expected_queries, query};

const ROUTES: usize = 40;
const CLIENTS: usize = 100;
const REQUESTS: usize = 10_000;

/// Scopes that wait for the doctor, at most.
const QUEUE: u64 = 1_024;

/// Less than this may stay allocated after as many requests: 26 bytes for each, where a scope or a report has more than a thousand. The
/// doctor's queues, which are as long as the load has ever made them, are within it.
const FLAT: usize = 256 << 10;

/// Counts what is allocated. (What the process occupies depends on the allocator, which keeps what was given back.)
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn app(requests: &Requests) -> Router {
    let mut app = Router::new();
    for route in 0..ROUTES {
        let handler = async move || {
            for _ in 0..expected_queries(route) {
                if route % 2 == 0 {
                    query(&"SELECT 1");
                } else {
                    tokio::task::spawn_blocking(bind(|| query(&"SELECT 1"))).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
            format!("answer {route}")
        };
        app = app.route(&format!("/{route}"), get(handler));
    }
    app.layer(requests.layer())
}

async fn send(app: &Router, number: usize) {
    let route = number % ROUTES;
    let request = Request::get(format!("/{route}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let timing = response.headers()["server-timing"].to_str().unwrap();
    assert!(timing.contains(&format!("desc=\"{} quer", expected_queries(route))), "{route}: {timing}");
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), format!("answer {route}"));
}

async fn send_all(app: &Router) {
    let clients = (0..CLIENTS).map(|client| {
        let app = app.clone();
        tokio::spawn(async move {
            for number in 0..REQUESTS / CLIENTS {
                send(&app, client + number * 7).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_keep_their_queries_and_leave_no_memory_behind() {
    let tally = Arc::new(Tally::default());
    let doctor = DoctorBuilder::without_environment().call_sites(CallSites::Off).reporter(Silent).build().unwrap();
    let of_callback = Arc::clone(&tally);
    let requests = Requests::builder().doctor(doctor).on_report(move |report| of_callback.count(report)).build();
    let app = app(&requests);
    send_all(&app).await;
    requests.finish(support::LONG);
    let before = ALLOCATOR.current_usage();
    send_all(&app).await;
    let summary = requests.finish(support::LONG);
    let grown = ALLOCATOR.current_usage().saturating_sub(before);

    assert_eq!(tally.wrong(), [""; 0], "queries of another request");
    assert_eq!(tally.reports(), summary.reports);
    assert_eq!(summary.pending, 0);
    assert_eq!(
        summary.reports + summary.not_analysed + summary.not_reported,
        2 * REQUESTS as u64,
        "a request is reported or counted"
    );
    assert!(summary.reports >= 2 * QUEUE, "what waits when the requests have ended is analysed at least");
    assert!(grown < FLAT, "{grown} bytes for {REQUESTS} requests");
}
