//! What holds of ten thousand requests, whatever the framework.

use std::sync::Arc;

use diesel_doctor_core::{CallSites, DoctorBuilder, reporters::Silent};
use diesel_doctor_web::Requests;
use peak_alloc::PeakAlloc;

use super::{LONG, Tally};

pub(crate) const ROUTES: usize = 40;
pub(crate) const CLIENTS: usize = 100;
pub(crate) const REQUESTS: usize = 10_000;

/// Scopes that wait for the doctor, at most.
const QUEUE: u64 = 1_024;

/// Less than this may stay allocated after as many requests: 26 bytes for each, where a scope or a report has more than a thousand. The
/// doctor's queues, which are as long as the load has ever made them, are within it.
const FLAT: usize = 256 << 10;

/// The requests of a load test, and what counts their reports.
pub(crate) fn requests() -> (Requests, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    let doctor = DoctorBuilder::without_environment().call_sites(CallSites::Off).reporter(Silent).build().unwrap();
    let of_callback = Arc::clone(&tally);
    let requests = Requests::builder().doctor(doctor).on_report(move |report| of_callback.count(report)).build();
    (requests, tally)
}

/// Sends all requests twice and measures by the program's allocator what the second time leaves behind.
pub(crate) async fn check(allocator: &PeakAlloc, requests: &Requests, tally: &Tally, send_all: impl AsyncFn()) {
    send_all().await;
    requests.finish(LONG);
    let before = allocator.current_usage();
    send_all().await;
    let summary = requests.finish(LONG);
    let grown = allocator.current_usage().saturating_sub(before);

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
