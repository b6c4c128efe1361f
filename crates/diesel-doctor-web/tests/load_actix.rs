//! Ten thousand requests that take turns on one thread: every response right, every query with its request, memory flat.

mod support;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App, Error, rt, web};
use diesel_doctor_web::actix::{ResponseBody, block};
use futures_util::future::join_all;
use peak_alloc::PeakAlloc;

use support::load::{self, CLIENTS, REQUESTS, ROUTES};
use support::{expected_queries, query};

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
    let (requests, tally) = load::requests();
    let app = init_service(App::new().wrap(requests.middleware()).configure(routes)).await;
    load::check(&ALLOCATOR, &requests, &tally, async || send_all(&app).await).await;
}
