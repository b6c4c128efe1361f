//! Ten thousand requests that take turns on one thread: every response right, every query with its request, memory flat.

mod support;

use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App, Error, rt, web};
use diesel_doctor_core::{CallSites, DoctorBuilder, reporters::Silent};
use diesel_doctor_web::Requests;
use diesel_doctor_web::actix::{ResponseBody, block};
use futures_util::future::join_all;
use peak_alloc::PeakAlloc;

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

fn routes(service: &mut web::ServiceConfig) {
    for route in 0..ROUTES {
        let handler = move || async move {
            for _ in 0..expected_queries(route) {
                if route % 2 == 0 {
                    query(&"SELECT 1");
                } else {
                    block(|| query(&"SELECT 1")).await.unwrap();
                }
                rt::task::yield_now().await;
            }
            format!("answer {route}")
        };
        service.route(&format!("/{route}"), web::get().to(handler));
    }
}

async fn send_all<S, B>(app: &S)
where
    S: Service<actix_http::Request, Response = ServiceResponse<ResponseBody<B>>, Error = Error>,
    B: actix_web::body::MessageBody,
{
    join_all((0..CLIENTS).map(|client| async move {
        for number in 0..REQUESTS / CLIENTS {
            let route = (client + number * 7) % ROUTES;
            let response = app.call(TestRequest::with_uri(&format!("/{route}")).to_request()).await.unwrap();
            let timing = response.headers().get("server-timing").unwrap().to_str().unwrap();
            assert!(timing.contains(&format!("desc=\"{} quer", expected_queries(route))), "{route}: {timing}");
            assert_eq!(read_body(response).await, format!("answer {route}"));
        }
    }))
    .await;
}

#[actix_web::test]
async fn ten_thousand_requests_keep_their_queries_and_leave_no_memory_behind() {
    let tally = Arc::new(Tally::default());
    let doctor = DoctorBuilder::without_environment().call_sites(CallSites::Off).reporter(Silent).build().unwrap();
    let of_callback = Arc::clone(&tally);
    let requests = Requests::builder().doctor(doctor).on_report(move |report| of_callback.count(report)).build();
    let app = init_service(App::new().wrap(requests.middleware()).configure(routes)).await;
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
