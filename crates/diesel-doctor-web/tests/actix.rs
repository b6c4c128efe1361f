//! Requests to an actix-web application.

mod support;

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, Bytes};
use actix_web::{App, Error, HttpResponse, error, rt};
use diesel_doctor_core::{DiagnoseExt, DoctorBuilder, Ending, Health, Profile, Report, Scope};
use diesel_doctor_web::actix::{ResponseBody, block};
use diesel_doctor_web::{Requests, ServerTiming};
use futures_util::future::{FutureExt, join_all};
use futures_util::{StreamExt, stream};

use support::{LONG, Stuck, doctor, n_plus_one, query, requests, requests_with, timed};

type Response = ServiceResponse<ResponseBody<BoxBody>>;

/// The application with these routes, behind the middleware.
macro_rules! app {
    ($requests:expr, $($path:literal => $handler:expr),+ $(,)?) => {
        init_service(App::new().wrap($requests.middleware())$(.route($path, web::get().to($handler)))+).await
    };
}

async fn send(app: &impl Service<actix_http::Request, Response = Response, Error = Error>, path: &str) -> Response {
    call_service(app, TestRequest::get().uri(path).to_request()).await
}

fn server_timing(headers: &HeaderMap) -> Option<&str> {
    headers.get("server-timing").map(|value| value.to_str().unwrap())
}

async fn post_page(id: web::Path<u32>) -> String {
    query(&"SELECT 1");
    rt::task::yield_now().await;
    query(&"SELECT 2");
    format!("post {id}")
}

#[actix_web::test]
async fn a_request_is_a_scope_named_by_its_route() {
    let (requests, reports, _) = requests();
    let app = app!(requests, "/posts/{id}" => post_page);
    let response = send(&app, "/posts/7?page=2").await;
    assert_eq!(response.status(), StatusCode::OK);
    let timing = server_timing(response.headers()).unwrap().to_owned();
    assert_eq!(timed(&timing), "desc=\"2 queries\"");
    assert_eq!(read_body(response).await, "post 7");
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /posts/{id}", 2));
    assert_eq!(report.ending(), Ending::Closed);
}

#[actix_web::test]
async fn routes_of_scopes_have_their_whole_template_and_what_no_route_matched_one_name() {
    let (requests, reports, _) = requests();
    let posts = web::scope("/posts").route("/{id}", web::get().to(post_page));
    let app = init_service(App::new().wrap(requests.middleware()).service(posts)).await;
    drop(read_body(send(&app, "/posts/7").await).await);
    assert_eq!(reports.next().scope, "GET /posts/{id}");
    for path in ["/secret", "/wp-admin/setup", "/posts"] {
        let not_found = send(&app, path).await;
        assert_eq!(not_found.status(), StatusCode::NOT_FOUND);
        drop(not_found);
        assert_eq!(reports.next().scope, "GET (no route)");
    }
}

#[actix_web::test]
async fn requests_of_one_thread_that_take_turns_keep_their_queries() {
    let (requests, reports, _) = requests();
    let handler = async |count: web::Path<u32>| {
        for _ in 0..*count {
            query(&"SELECT 1");
            rt::task::yield_now().await;
        }
        HttpResponse::Ok().finish()
    };
    let app = app!(requests, "/{count}" => handler);
    let answers = join_all((0..40).map(|count| {
        let path = format!("/{count}");
        let app = &app;
        async move { server_timing(send(app, &path).await.headers()).unwrap().to_owned() }
    }))
    .await;
    for (count, timing) in answers.iter().enumerate() {
        assert!(timing.contains(&format!("\"{count} quer")), "{timing}");
    }
    let mut counts: Vec<u64> = reports.rest().iter().map(Report::query_count).collect();
    counts.sort_unstable();
    assert_eq!(counts, (0..40).collect::<Vec<_>>());
}

#[actix_web::test]
async fn blocking_work_and_tasks_follow_the_request() {
    let (requests, reports, _) = requests();
    let handler = async || {
        block(|| query(&"SELECT 1")).await.unwrap();
        web::block(diesel_doctor_core::bind(|| query(&"SELECT 2"))).await.unwrap();
        rt::spawn(async { query(&"SELECT 3") }.in_current_scope()).await.unwrap();
        HttpResponse::Ok().finish()
    };
    let app = app!(requests, "/" => handler);
    drop(send(&app, "/").await);
    assert_eq!(reports.next().query_count(), 3);
}

#[actix_web::test]
async fn the_response_does_not_wait_for_the_report_of_a_scope_inside_its_blocking_work() {
    let (go_on, stuck) = Stuck::new();
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(stuck).build().unwrap());
    let requests = Requests::builder().doctor(Arc::clone(&doctor)).build();
    let handler = move || {
        let doctor = Arc::clone(&doctor);
        async move { block(move || Scope::builder("inside").doctor(&doctor).run(|| "answer")).await.unwrap() }
    };
    let app = app!(requests, "/" => handler);
    assert_eq!(read_body(send(&app, "/").await).await, "answer");
    assert_eq!(go_on.send(()), Ok(()), "the reporter waits still");
}

#[actix_web::test]
async fn the_scope_of_a_connection_that_is_upgraded_ends_with_the_response() {
    let (requests, reports, _) = requests();
    let socket = async || {
        query(&"SELECT 1");
        HttpResponse::SwitchingProtocols().streaming(stream::repeat(()).map(|()| {
            query(&"SELECT 2");
            Ok::<_, Infallible>(Bytes::from_static(b"frame"))
        }))
    };
    let app = app!(requests, "/" => socket);
    let mut body = Box::pin(send(&app, "/").await.into_body());
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Closed));
    let frame = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
    assert_eq!(frame.unwrap().unwrap(), "frame");
}

#[actix_web::test]
async fn blocking_work_that_is_not_bound_is_counted_as_missed() {
    let (requests, reports, shown) = requests();
    let handler = async || {
        web::block(|| query(&"SELECT 1")).await.unwrap();
        HttpResponse::Ok().finish()
    };
    let app = app!(requests, "/" => handler);
    let before = Health::of_process().unscoped;
    drop(send(&app, "/").await);
    assert_eq!(reports.next().query_count(), 0);
    assert!(Health::of_process().unscoped > before);
    drop(requests.finish(LONG));
    let shown = shown.take();
    assert_eq!(shown.len(), 1, "it is told, although there is no finding");
    let text = shown[0].to_string();
    assert!(text.starts_with("warning[blind]: GET /: ") && text.contains("ran outside any scope"), "{text}");
}

#[actix_web::test]
async fn a_streamed_body_belongs_to_the_request_and_its_end_is_the_end() {
    let (requests, reports, _) = requests();
    let handler = async || {
        query(&"SELECT 1");
        HttpResponse::Ok().streaming(stream::iter(0..3).then(async |number| {
            rt::task::yield_now().await;
            query(&"SELECT 2");
            Ok::<_, Infallible>(Bytes::from(number.to_string()))
        }))
    };
    let app = app!(requests, "/stream" => handler);
    let response = send(&app, "/stream").await;
    assert!(server_timing(response.headers()).unwrap().ends_with("\"1 query\""), "as far as it was then");
    assert_eq!(reports.rest().len(), 0, "it is not over");
    assert_eq!(read_body(response).await, "012");
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (4, Ending::Closed));
}

#[actix_web::test]
async fn a_client_that_goes_away_ends_the_scope() {
    let (requests, reports, _) = requests();
    let endless = async || {
        HttpResponse::Ok().streaming(stream::repeat(()).map(|()| {
            query(&"SELECT 1");
            Ok::<_, Infallible>(Bytes::from_static(b"more"))
        }))
    };
    let waiting = async || {
        query(&"SELECT 1");
        std::future::pending::<HttpResponse>().await
    };
    let app = app!(requests, "/endless" => endless, "/waits" => waiting);

    let mut body = Box::pin(send(&app, "/endless").await.into_body());
    let chunk = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
    assert_eq!(chunk.unwrap().unwrap(), "more");
    drop(body);
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /endless", 1));
    assert_eq!(report.ending(), Ending::Dropped);

    assert!(send(&app, "/waits").now_or_never().is_none());
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Dropped));
}

#[actix_web::test]
async fn a_panic_goes_through_and_the_report_still_comes() {
    let (requests, reports, _) = requests();
    let handler = async || {
        query(&"SELECT 1");
        rt::task::yield_now().await;
        panic!("of the user");
        #[expect(unreachable_code, reason = "it gives the handler a type")]
        HttpResponse::Ok().finish()
    };
    let app = Rc::new(app!(requests, "/" => handler, "/posts/{id}" => post_page));
    let of_task = Rc::clone(&app);
    let error = rt::spawn(async move { drop(send(&*of_task, "/").await) }).await.unwrap_err();
    assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"of the user"));
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Panicked));
    assert_eq!(read_body(send(&*app, "/posts/7").await).await, "post 7");
    assert_eq!(reports.next().query_count(), 2);
}

#[actix_web::test]
async fn requests_that_are_not_chosen_are_left_alone_and_not_missed() {
    for (name, settings) in [
        ("sampled out", requests_with(|builder| builder.sample_rate(0.0))),
        ("filtered", requests_with(|builder| builder.only(|request| request.template() != Some("/{any}")))),
    ] {
        let (requests, reports, _) = settings;
        let handler = async || {
            query(&"SELECT 1");
            block(|| query(&"SELECT 2")).await.unwrap();
            HttpResponse::Ok().finish()
        };
        let app = app!(requests, "/{any}" => handler);
        let before = Health::of_process().ignored;
        let response = send(&app, "/x").await;
        assert_eq!((response.status(), server_timing(response.headers())), (StatusCode::OK, None), "{name}");
        drop(response);
        assert!(Health::of_process().ignored >= before + 2, "{name}");
        assert_eq!(reports.rest().len(), 0, "{name}");
    }
}

#[actix_web::test]
async fn a_finding_is_shown_once_and_counted_from_then_on() {
    let (requests, reports, shown) = requests();
    let handler = async || {
        n_plus_one("shown_once");
        HttpResponse::Ok().finish()
    };
    let app = app!(requests, "/a" => handler, "/b" => handler);
    for path in ["/a", "/a", "/b"] {
        drop(send(&app, path).await);
    }
    assert_eq!(reports.rest().len(), 3, "the callback gets all");
    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, summary.with_findings, summary.findings[0].reports), (3, 3, 3));
    assert_eq!(summary.findings[0].scopes, ["GET /a", "GET /b"]);
    assert_eq!(shown.take().iter().map(|report| report.findings().len()).collect::<Vec<_>>(), [1]);
}

#[actix_web::test]
async fn two_middlewares_are_one() {
    let (requests, reports, _) = requests();
    let posts = web::scope("/posts").wrap(requests.middleware()).route("/{id}", web::get().to(post_page));
    let app = init_service(App::new().wrap(requests.middleware()).service(posts)).await;
    let response = send(&app, "/posts/7").await;
    assert_eq!(response.headers().get_all("server-timing").count(), 1);
    drop(read_body(response).await);
    assert_eq!(reports.rest().iter().map(Report::query_count).collect::<Vec<_>>(), [2]);
}

#[actix_web::test]
async fn the_header_is_not_sent_in_production_and_stands_beside_the_applications_own() {
    let handler = async || HttpResponse::Ok().insert_header(("server-timing", "app;dur=1")).finish();
    let headers = |requests: Requests| async move {
        let app = app!(requests, "/" => handler);
        let response = send(&app, "/").await;
        let values = response.headers().get_all("server-timing");
        values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let production = || Requests::builder().doctor(doctor(Profile::Production).0);
    assert_eq!(headers(production().build()).await, ["app;dur=1"]);
    let values = headers(production().server_timing(ServerTiming::Sent).build()).await;
    assert_eq!(values, ["app;dur=1", "db;dur=0.000;desc=\"0 queries\""]);
}

#[actix_web::test]
async fn responses_without_a_body_that_is_read_are_complete() {
    let (requests, reports, _) = requests();
    let app = init_service(
        App::new()
            .wrap(requests.middleware())
            .route("/", web::head().to(async || "a body that HEAD does not read"))
            .route("/", web::post().to(HttpResponse::NoContent)),
    )
    .await;
    for (method, path) in [(Method::HEAD, "/"), (Method::POST, "/"), (Method::GET, "/absent")] {
        drop(call_service(&app, TestRequest::with_uri(path).method(method).to_request()).await);
        assert_eq!(reports.next().ending(), Ending::Closed);
    }
}

/// A body that fails, and says when it is dropped.
struct Fails(Rc<Cell<bool>>);

impl MessageBody for Fails {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        query(&"SELECT 1");
        Poll::Ready(Some(Err(io::Error::other("of the body"))))
    }
}

impl Drop for Fails {
    fn drop(&mut self) {
        query(&"SELECT 2");
        self.0.set(true);
    }
}

#[actix_web::test]
async fn errors_of_services_and_bodies_pass_and_end_the_scope() {
    let (requests, reports, _) = requests();
    let dropped = Rc::new(Cell::new(false));
    let of_handler = Rc::clone(&dropped);
    let app = init_service(
        App::new()
            .wrap_fn(|request, service| {
                let fails = request.path() == "/service";
                let response = service.call(request);
                async move { if fails { Err(error::ErrorImATeapot("of the service")) } else { response.await } }
            })
            .wrap(requests.middleware())
            .route(
                "/body",
                web::get().to(move || std::future::ready(HttpResponse::Ok().body(Fails(Rc::clone(&of_handler))))),
            )
            .route("/service", web::get().to(HttpResponse::Ok)),
    )
    .await;
    let error = app.call(TestRequest::get().uri("/service").to_request()).await.unwrap_err();
    assert_eq!(error.to_string(), "of the service");
    assert_eq!(reports.next().ending(), Ending::Closed);

    let body = send(&app, "/body").await.into_body();
    let error = actix_web::body::to_bytes(body).await.unwrap_err();
    assert_eq!(Into::<Box<dyn std::error::Error>>::into(error).to_string(), "of the body");
    assert!(dropped.get());
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (2, Ending::Closed), "it is dropped inside the scope, too");
}

#[actix_web::test]
async fn the_sizes_of_bodies_stay_known() {
    let (requests, ..) = requests();
    let app = app!(requests, "/text" => async || "four", "/empty" => async || "");
    for (path, size) in [("/text", BodySize::Sized(4)), ("/empty", BodySize::Sized(0))] {
        assert_eq!(send(&app, path).await.response().body().size(), size, "{path}");
    }
}
