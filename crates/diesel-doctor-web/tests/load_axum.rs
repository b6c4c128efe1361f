//! Ten thousand requests at once: every response right, every query with its request, memory flat.

mod support;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel_doctor_core::bind;
use diesel_doctor_web::Requests;
use http_body_util::BodyExt;
use peak_alloc::PeakAlloc;
use tower::ServiceExt;

use support::load::{self, CLIENTS, REQUESTS, ROUTES};
use support::{expected_queries, query};

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
    let (requests, tally) = load::requests();
    let app = app(&requests);
    load::check(&ALLOCATOR, &requests, &tally, async || send_all(&app).await).await;
}
