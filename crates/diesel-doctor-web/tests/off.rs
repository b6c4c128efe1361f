//! `DIESEL_DOCTOR=off`, in a process of its own.

mod support;

use std::process::Command;

use actix_web::test::{TestRequest, call_service, init_service};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel_doctor_core::Health;
use diesel_doctor_web::{Requests, ServerTiming};
use http_body_util::BodyExt;
use tower::ServiceExt;

use support::{LONG, n_plus_one};

fn page() -> &'static str {
    n_plus_one("off");
    "page"
}

async fn responses_are_untouched_and_nothing_is_reported() {
    let requests = Requests::builder().server_timing(ServerTiming::Sent).on_report(|report| panic!("{report}")).build();

    let app = Router::new().route("/", get(async || page())).layer(requests.layer());
    let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers().get("server-timing"), None);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "page");

    let app = actix_web::App::new().wrap(requests.middleware()).route("/", actix_web::web::get().to(async || page()));
    let response = call_service(&init_service(app).await, TestRequest::get().uri("/").to_request()).await;
    assert_eq!(response.headers().get("server-timing"), None);
    assert_eq!(actix_web::test::read_body(response).await, "page");

    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, summary.findings.len(), summary.not_analysed, summary.pending), (0, 0, 0, 0));
    let health = Health::of_process();
    assert_eq!((health.reports_lost, health.shielded_panics), (0, 0), "the callback was not called");
}

#[test]
fn a_doctor_that_is_off_leaves_requests_alone() {
    const DOCTOR: &str = "DIESEL_DOCTOR";
    if std::env::var_os(DOCTOR).is_some_and(|value| value == "off") {
        return actix_web::rt::System::new().block_on(responses_are_untouched_and_nothing_is_reported());
    }
    let name = "a_doctor_that_is_off_leaves_requests_alone";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(DOCTOR, "off")
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert!(!text.contains("n-plus-one"), "{text}");
}
