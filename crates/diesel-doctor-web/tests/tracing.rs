//! A reporter for people beside one for programs: the subscriber is the process's, so this has a binary of its own.

mod support;

use std::fmt;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use diesel_doctor::reporters::{Memory, TracingReporter};
use diesel_doctor::{DoctorBuilder, Profile};
use diesel_doctor_web::Requests;
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use support::{LONG, n_plus_one, query};

/// Keeps the messages of the doctor's events.
#[derive(Clone, Debug, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl Visit for &Messages {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Messages {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "diesel_doctor"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn every_request_has_its_events_and_people_are_shown_each_finding_once() {
    let messages = Messages::default();
    tracing::subscriber::set_global_default(messages.clone()).unwrap();
    let shown = Memory::new();
    let doctor = DoctorBuilder::without_environment().profile(Profile::Test);
    let doctor = doctor.reporter(TracingReporter::new()).reporter(shown.clone()).build().unwrap();
    let requests = Requests::builder().doctor(doctor).build();
    let app = Router::new()
        .route("/loop", get(async || n_plus_one("users")))
        .route("/clean", get(async || query(&"SELECT 1")))
        .layer(requests.layer());
    for path in ["/loop", "/clean", "/loop", "/clean"] {
        drop(app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap());
    }
    assert_eq!(requests.finish(LONG).reports, 4);

    let messages = messages.0.lock().unwrap().clone();
    let expected = ["5 queries on users by id", "GET /loop: 1 finding in 5 queries", "GET /clean: clean, 1 query"];
    let beginnings = messages.iter().map(|message| message.split(", 5 distinct").next().unwrap());
    assert_eq!(beginnings.collect::<Vec<_>>(), expected.repeat(2));
    let shown: Vec<_> = shown.take().iter().map(|report| report.findings().len()).collect();
    assert_eq!(shown, [1], "people");
}
