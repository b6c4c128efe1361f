//! A reporter that is stuck, and more requests than wait for it: what the summary says. The doctor's threads and their queues are the
//! process's, so this has a binary of its own.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel_doctor_core::{DiagnoseExt, DoctorBuilder};
use diesel_doctor_web::Requests;
use tower::ServiceExt;

use support::{LONG, Stuck, query};

/// Reports that wait for the reporters, at most.
const WAITING: u64 = 1_024;
/// More than those.
const REQUESTS: u64 = 1_500;

#[tokio::test]
async fn the_summary_says_what_it_lacks() {
    let (go_on, holds, stuck) = Stuck::telling();
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(stuck).build().unwrap());
    let requests = Requests::builder().doctor(Arc::clone(&doctor)).build();
    let app = Router::new().route("/", get(async || std::thread::spawn(|| query(&"SELECT 1")).join().unwrap()));
    let app = app.layer(requests.layer());
    for number in 1..=REQUESTS {
        drop(app.clone().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap());
        if number == 1 {
            // What comes before the reporter holds it would wait beside it.
            holds.recv_timeout(LONG).expect("the first report comes to the reporter");
        }
        if number % 100 == 0 {
            // This report comes after theirs.
            drop(async {}.diagnose_with(&doctor, "awaited").await);
        }
    }
    let mut summary = requests.finish(Duration::ZERO);
    // A report that is awaited comes a moment before its job counts as done.
    let begun = Instant::now();
    while summary.pending > 1 + WAITING && begun.elapsed() < LONG {
        tokio::task::yield_now().await;
        summary = requests.finish(Duration::ZERO);
    }
    assert_eq!((summary.reports, summary.pending), (1, 1 + WAITING), "the first is held by the reporter");
    assert_eq!((summary.not_analysed, summary.not_reported), (0, REQUESTS - 1 - WAITING));
    let text = summary.to_string();
    assert!(text.contains("\nwarning: 475 reports not counted: the reporters were too slow\n"), "{text}");
    assert!(text.contains("\nwarning: 1025 reports not finished yet, and perhaps not counted\n"), "{text}");

    drop(go_on);
    let summary = requests.finish(LONG);
    assert_eq!((summary.reports, summary.pending), (1 + WAITING, 0));
    assert_eq!((summary.not_analysed, summary.not_reported), (0, REQUESTS - 1 - WAITING));
}
