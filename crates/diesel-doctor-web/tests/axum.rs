//! Requests to an axum application, as tower makes them.

mod support;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Router, routing};
use bytes::Bytes;
use diesel_doctor_core::reporters::{Deduplicated, Memory};
use diesel_doctor_core::{DiagnoseExt, DoctorBuilder, Ending, Health, Profile, Report, Reporter, Scope, bind};
use diesel_doctor_web::{Requests, ServerTiming};
use futures_util::{FutureExt, StreamExt, stream};
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt};

use support::{LONG, Stuck, doctor, n_plus_one, query, requests, requests_with, timed};

fn request(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn send(app: &Router, path: &str) -> Response<Body> {
    app.clone().oneshot(request(path)).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn server_timing(headers: &HeaderMap) -> Option<&str> {
    headers.get("server-timing").map(|value| value.to_str().unwrap())
}

async fn post_page(Path(id): Path<u32>) -> String {
    query(&"SELECT 1");
    tokio::task::yield_now().await;
    query(&"SELECT 2");
    format!("post {id}")
}

#[tokio::test]
async fn a_request_is_a_scope_named_by_its_route() {
    let (requests, reports, _) = requests();
    let app = Router::new().route("/posts/{id}", get(post_page)).layer(requests.layer());
    let response = send(&app, "/posts/7?page=2").await;
    assert_eq!(response.status(), StatusCode::OK);
    let timing = server_timing(response.headers()).unwrap().to_owned();
    assert_eq!(timed(&timing), "desc=\"2 queries\"");
    assert_eq!(text(response).await, "post 7");
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /posts/{id}", 2));
    assert_eq!(report.ending(), Ending::Closed);
}

#[tokio::test]
async fn routes_of_nested_routers_have_their_whole_template_and_what_no_route_matched_one_name() {
    let (requests, reports, _) = requests();
    let posts = Router::new().route("/{id}", get(post_page));
    let app = Router::new().nest("/posts", posts).layer(requests.layer());
    let ok = send(&app, "/posts/7").await;
    drop(text(ok).await);
    assert_eq!(reports.next().scope, "GET /posts/{id}");
    for path in ["/secret", "/wp-admin/setup"] {
        let not_found = send(&app, path).await;
        assert_eq!(not_found.status(), StatusCode::NOT_FOUND);
        drop(not_found);
        assert_eq!(reports.next().scope, "GET (no route)");
    }
}

#[tokio::test]
async fn nested_services_and_fallbacks_have_one_name_each_and_services_without_a_router_words() {
    let (requests, reports, _) = requests();
    let service = tower::service_fn(async |_: Request<Body>| Ok::<_, Infallible>("x".into_response()));
    let app = Router::new()
        .nest_service("/inside", requests.layer().layer(service))
        .merge(Router::new().nest_service("/around", service).layer(requests.layer()));
    for (path, name) in
        [("/inside/a/b.css", "GET /inside/…"), ("/inside/c", "GET /inside/…"), ("/around/a.css", "GET (no route)")]
    {
        assert_eq!(text(send(&app, path).await).await, "x");
        assert_eq!(reports.next().scope, name, "{path}");
    }
    let alone = requests.layer().layer(service);
    drop(alone.oneshot(request("/posts/7")).await.unwrap());
    assert_eq!(reports.next().scope, "GET /posts/{}");
}

#[tokio::test]
async fn a_scanner_makes_so_many_names_and_no_more_and_hides_no_blind_route() {
    let (requests, reports, shown) = requests();
    let missed = || {
        std::thread::spawn(|| query(&"SELECT 1")).join().unwrap();
        "x"
    };
    let handler = move || std::future::ready(missed());
    let app = Router::new().route("/late", get(handler)).fallback(handler).layer(requests.layer());
    let service =
        tower::service_fn(|_: Request<Body>| std::future::ready(Ok::<_, Infallible>(missed().into_response())));
    let service = requests.layer().layer(service);
    for number in 0_u8..150 {
        let letter = |number: u8| char::from(b'a' + number);
        for tail in ["x", "y"] {
            let path = format!("/{}{}{tail}", letter(number / 25), letter(number % 25));
            drop(send(&app, &path).await);
            reports.next();
            drop(service.clone().oneshot(request(&path)).await.unwrap());
            reports.next();
        }
    }
    let names: Vec<_> = shown.take().into_iter().map(|report| report.scope).collect();
    assert_eq!(
        (names.len(), names.iter().collect::<BTreeSet<_>>().len()),
        (2 + 256, 2 + 256),
        "each was blind, and is told once"
    );
    assert!(["GET (no route)", "GET (other path)"].iter().all(|name| names.iter().any(|known| known == name)));
    drop(send(&app, "/late").await);
    reports.next();
    assert_eq!(shown.take().iter().map(|report| report.scope.as_str()).collect::<Vec<_>>(), ["GET /late"]);
}

#[tokio::test]
async fn a_streamed_body_belongs_to_the_request_and_its_end_is_the_end() {
    let (requests, reports, _) = requests();
    let handler = async || {
        query(&"SELECT 1");
        let chunks = stream::iter(0..3).then(async |number| {
            tokio::task::yield_now().await;
            query(&"SELECT 2");
            Ok::<_, Infallible>(Bytes::from(number.to_string()))
        });
        Body::from_stream(chunks)
    };
    let app = Router::new().route("/stream", get(handler)).layer(requests.layer());
    let response = send(&app, "/stream").await;
    assert!(server_timing(response.headers()).unwrap().ends_with("\"1 query\""), "as far as it was then");
    assert_eq!(reports.rest().len(), 0, "it is not over");
    assert_eq!(text(response).await, "012");
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (4, Ending::Closed));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_scope() {
    let (requests, reports, _) = requests();
    let endless = async || {
        Body::from_stream(stream::repeat(()).map(|()| {
            query(&"SELECT 1");
            Ok::<_, Infallible>(Bytes::from_static(b"more"))
        }))
    };
    let waiting = async || {
        query(&"SELECT 1");
        std::future::pending::<()>().await;
    };
    let app = Router::new().route("/endless", get(endless)).route("/waits", get(waiting)).layer(requests.layer());

    let mut body = send(&app, "/endless").await.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "more");
    drop(body);
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /endless", 1));
    assert_eq!(report.ending(), Ending::Dropped);

    let mut response = Box::pin(send(&app, "/waits"));
    assert!(response.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(response);
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Dropped));
}

#[tokio::test]
async fn a_panic_goes_through_and_the_report_still_comes() {
    let (requests, reports, _) = requests();
    let handler = async || {
        query(&"SELECT 1");
        tokio::task::yield_now().await;
        panic!("of the user");
        #[expect(unreachable_code, reason = "it gives the handler a type")]
        ""
    };
    let app = Router::new().route("/", get(handler)).route("/posts/{id}", get(post_page)).layer(requests.layer());
    let of_task = app.clone();
    let error = tokio::spawn(async move { send(&of_task, "/").await }).await.unwrap_err();
    assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"of the user"));
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Panicked));
    assert_eq!(text(send(&app, "/posts/7").await).await, "post 7");
    assert_eq!(reports.next().query_count(), 2);
}

#[tokio::test]
async fn tasks_and_threads_follow_the_request() {
    let (requests, reports, _) = requests();
    let handler = async || {
        tokio::task::spawn_blocking(bind(|| query(&"SELECT 1"))).await.unwrap();
        tokio::spawn(async { query(&"SELECT 2") }.in_current_scope()).await.unwrap();
    };
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    drop(send(&app, "/").await);
    assert_eq!(reports.next().query_count(), 2);
}

#[tokio::test]
async fn requests_that_are_not_chosen_are_left_alone_and_not_missed() {
    for (name, settings) in [
        ("sampled out", requests_with(|builder| builder.sample_rate(0.0))),
        ("filtered", requests_with(|builder| builder.only(|request| request.path() != "/"))),
        ("filtered by template", requests_with(|builder| builder.only(|request| request.template().is_none()))),
    ] {
        let (requests, reports, _) = settings;
        let app = Router::new().route("/", get(async || query(&"SELECT 1"))).layer(requests.layer());
        let before = Health::of_process().ignored;
        let response = send(&app, "/").await;
        assert_eq!((response.status(), server_timing(response.headers())), (StatusCode::OK, None), "{name}");
        drop(response);
        assert!(Health::of_process().ignored > before, "{name}");
        assert_eq!(reports.rest().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_filter_that_panics_changes_nothing() {
    let (requests, reports, _) = requests_with(|builder| builder.only(|_| panic!("of the filter")));
    let app = Router::new().route("/posts/{id}", get(post_page)).layer(requests.layer());
    assert_eq!(text(send(&app, "/posts/7").await).await, "post 7");
    assert_eq!(reports.next().query_count(), 2);
}

#[tokio::test]
async fn a_finding_is_shown_once_and_counted_from_then_on() {
    let (requests, reports, shown) = requests();
    let app = Router::new()
        .route("/a", get(async || n_plus_one("shown_once")))
        .route("/b", get(async || n_plus_one("shown_once")))
        .route("/clean", get(async || query(&"SELECT 1")))
        .layer(requests.layer());
    for path in ["/a", "/a", "/b", "/clean", "/a"] {
        drop(send(&app, path).await);
    }
    assert_eq!(reports.rest().len(), 5, "the callback gets all");
    let shown = shown.take();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].findings().len(), 1);
    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, summary.with_findings, summary.clean), (5, 4, 1));
    assert_eq!((summary.findings.len(), summary.findings[0].reports, summary.findings[0].queries), (1, 4, 20));
    assert_eq!(summary.findings[0].scopes, ["GET /a", "GET /b"]);
}

#[tokio::test]
async fn a_reporter_that_counts_for_itself_gets_every_report() {
    let shown = Memory::new();
    let counts = Deduplicated::new(shown.clone());
    let doctor = DoctorBuilder::without_environment().reporter(counts.clone()).build().unwrap();
    let requests = Requests::builder().doctor(doctor).build();
    let app = Router::new().route("/", get(async || n_plus_one("counted"))).layer(requests.layer());
    for _ in 0..3 {
        drop(send(&app, "/").await);
    }
    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, counts.summary().reports, shown.reports().len()), (3, 3, 1));
}

#[tokio::test]
async fn two_layers_are_one() {
    let (requests, reports, _) = requests();
    let posts = Router::new().route("/posts/{id}", get(post_page)).layer(requests.layer());
    let app = Router::new().merge(posts).layer(requests.layer());
    let response = send(&app, "/posts/7").await;
    assert_eq!(response.headers().get_all("server-timing").iter().count(), 1);
    drop(text(response).await);
    let reports = reports.rest();
    assert_eq!(reports.iter().map(Report::query_count).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn the_header_is_not_sent_in_production_and_stands_beside_the_applications_own() {
    let handler = async || ([("server-timing", "app;dur=1")], "");
    let headers = |requests: Requests| async move {
        let app = Router::new().route("/", get(handler)).layer(requests.layer());
        let response = send(&app, "/").await;
        let values = response.headers().get_all("server-timing").iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let production = || Requests::builder().doctor(doctor(Profile::Production).0);
    assert_eq!(headers(production().build()).await, ["app;dur=1"]);
    let values = headers(production().server_timing(ServerTiming::Sent).build()).await;
    assert_eq!(values, ["app;dur=1", "db;dur=0.000;desc=\"0 queries\""]);
}

#[tokio::test]
async fn responses_without_a_body_that_is_read_are_complete() {
    let (requests, reports, _) = requests();
    let app = Router::new()
        .route("/", get(async || "a body that HEAD does not read"))
        .route("/nothing", post(async || StatusCode::NO_CONTENT))
        .layer(requests.layer());
    for request in [Request::head("/"), Request::post("/nothing"), Request::get("/absent")] {
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        drop(response);
        assert_eq!(reports.next().ending(), Ending::Closed);
    }
}

#[tokio::test]
async fn errors_of_services_and_bodies_pass_and_end_the_scope() {
    let (requests, reports, _) = requests();
    let service = requests.layer().layer(tower::service_fn(async |request: Request<Body>| {
        query(&"SELECT 1");
        if request.uri().path() == "/service" {
            return Err(io::Error::other("of the service"));
        }
        let chunks = stream::iter([Ok(Bytes::from_static(b"x")), Err(io::Error::other("of the body"))]);
        Ok(Response::new(Body::from_stream(chunks)))
    }));
    let error = service.clone().oneshot(request("/service")).await.unwrap_err();
    assert_eq!(error.to_string(), "of the service");
    assert_eq!((reports.next().ending()), Ending::Closed);
    let body = service.oneshot(request("/body")).await.unwrap().into_body();
    let error = body.collect().await.unwrap_err();
    assert_eq!(error.to_string(), "of the body");
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Closed));
}

#[tokio::test]
async fn a_scope_inside_a_request_has_its_doctor_and_is_no_further_request() {
    let (requests, reports, memory) = requests();
    let handler = async || {
        Scope::builder("author").run(|| n_plus_one("authors"));
        query(&"SELECT 1");
        "answer"
    };
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    assert_eq!(text(send(&app, "/").await).await, "answer");
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count(), report.is_inner()), ("GET /", 6, false));
    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, summary.queries), (2, 6), "each query once");
    assert_eq!((summary.findings.len(), summary.findings[0].reports, summary.findings[0].queries), (1, 2, 5));
    assert_eq!(reports.rest().len(), 0);
    let shown = memory.take();
    assert_eq!((shown[0].scope.as_str(), shown[0].query_count(), shown[0].is_inner()), ("author", 5, true));
}

#[tokio::test]
async fn a_reporter_that_is_stuck_or_fails_or_a_callback_that_panics_changes_nothing_for_the_client() {
    #[derive(Debug)]
    struct Fails;
    impl Reporter for Fails {
        fn report(&self, _: &Report) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    let (go_on, stuck) = Stuck::new();
    let doctor = DoctorBuilder::without_environment().reporter(stuck).reporter(Fails).build().unwrap();
    let requests = Requests::builder().doctor(doctor).on_report(|_| panic!("of the callback")).build();
    let handler = async || {
        n_plus_one("stuck");
        "answer"
    };
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    for _ in 0..50 {
        assert_eq!(text(send(&app, "/").await).await, "answer", "while the first report is held");
    }
    let before = Health::of_process();
    drop(go_on);
    assert_eq!(requests.finish(LONG).reports, 50);
    let after = Health::of_process();
    assert!(after.reports_lost >= before.reports_lost + 100, "refused, and the callback's panics");
    assert!(after.shielded_panics >= before.shielded_panics + 50);
}

#[tokio::test]
async fn the_response_does_not_wait_for_the_report_of_a_scope_inside_its_blocking_work() {
    let (go_on, stuck) = Stuck::new();
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(stuck).build().unwrap());
    let requests = Requests::builder().doctor(Arc::clone(&doctor)).build();
    let handler = async move || {
        let work = move || Scope::builder("inside").doctor(&doctor).run(|| query(&"SELECT 1"));
        tokio::task::spawn_blocking(bind(work)).await.unwrap();
        "answer"
    };
    let app = Router::new().route("/", get(handler)).layer(requests.layer());
    assert_eq!(text(send(&app, "/").await).await, "answer");
    assert_eq!(go_on.send(()), Ok(()), "the reporter waits still");
}

#[tokio::test]
async fn the_scope_of_a_connection_that_is_upgraded_ends_with_the_response() {
    let (requests, reports, _) = requests();
    let service = requests.layer().layer(tower::service_fn(async |_: Request<Body>| {
        query(&"SELECT 1");
        let body = Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"frame"))));
        Response::builder().status(StatusCode::SWITCHING_PROTOCOLS).body(body)
    }));
    let mut body = service.oneshot(request("/")).await.unwrap().into_body();
    let report = reports.next();
    assert_eq!((report.query_count(), report.ending()), (1, Ending::Closed));
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "frame");
}

#[tokio::test]
async fn what_has_no_database_in_it_is_counted_and_not_complained_about() {
    query(&"SELECT 1");
    let (requests, reports, shown) = requests();
    let app = Router::new().route("/health", get(async || "ok")).layer(requests.layer());
    for _ in 0..3 {
        drop(send(&app, "/health").await);
    }
    assert_eq!(reports.rest().len(), 3);
    assert_eq!(requests.summary().blind, 3);
    assert!(shown.reports().len() <= 1, "queries of other tests may run outside of scopes meanwhile");
}

#[tokio::test]
async fn the_sizes_of_bodies_stay_known() {
    let (requests, ..) = requests();
    let app =
        Router::new().route("/text", get(async || "four")).route("/empty", get(async || ())).layer(requests.layer());
    for (path, size) in [("/text", 4), ("/empty", 0)] {
        let response = send(&app, path).await;
        assert_eq!(http_body::Body::size_hint(response.body()).exact(), Some(size), "{path}");
        assert_eq!(http_body::Body::is_end_stream(response.body()), size == 0, "{path}");
    }
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    let (requests, ..) = requests();
    check(&requests);
    check(&requests.layer());
    check(&requests.layer().layer(routing::get::<_, _, ()>(async || ())));
}

#[test]
fn a_future_that_is_never_polled_and_one_that_is_polled_again_harm_nothing() {
    let (requests, reports, _) = requests();
    let app: Router = Router::new().route("/", get(async || "x")).layer(requests.layer());
    drop(app.oneshot(request("/")));
    assert_eq!(reports.rest().len(), 0, "tower's oneshot calls the service with the first poll");

    let mut service =
        requests.layer().layer(tower::service_fn(async |_: Request<Body>| Ok::<_, Infallible>("x".into_response())));
    let mut called = Box::pin(tower::Service::call(&mut service, request("/")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(called.poll_unpin(&mut context).is_ready());
    assert!(matches!(called.poll_unpin(&mut context), Poll::Pending));
    assert!(format!("{called:?}").starts_with("ResponseFuture"), "also where the handler's future has no Debug");
    drop(called);
}
