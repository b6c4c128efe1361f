//! The markers in the source and what is reported, compared both ways.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel_doctor::reporters::Silent;
use diesel_doctor::{Doctor, DoctorBuilder, Profile, Report, Verdict};
use diesel_doctor_web::Requests;

#[path = "../../markers.rs"]
mod markers;

fn doctor() -> Doctor {
    DoctorBuilder::without_environment().profile(Profile::Test).reporter(Silent).build().unwrap()
}

/// The reports of the demonstration, in the order of the requests.
async fn reports(database_url: Option<&str>) -> Vec<Report> {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let of_callback = Arc::clone(&reports);
    let requests = Requests::builder()
        .doctor(doctor())
        .on_report(move |report| of_callback.lock().unwrap().push(report.clone()))
        .build();
    let app = axum_app::app(database_url, &requests).await.unwrap();
    let answers = axum_app::demo(app).await.unwrap().answers;
    let answers: Vec<_> = answers.iter().map(|(_, answer)| answer.as_str()).collect();
    let queries = ["9 queries", "2 queries", "3 queries", "2 queries", "5 queries", "1 query"];
    assert_eq!(answers, queries.map(|queries| format!("200 OK, {queries}")));
    requests.finish(Duration::from_secs(60));
    let reports = reports.lock().unwrap();
    reports.clone()
}

fn check(reports: &[Report]) {
    let expected = markers::expected();
    assert_eq!(expected.len(), 3, "the markers are there");
    assert_eq!(markers::reported(reports), expected);
    for (number, report) in reports.iter().enumerate() {
        let is_fixed = report.scope.contains(" /fixed/");
        assert_eq!(is_fixed, number % 2 == 1, "{}", report.scope);
        assert_eq!(report.verdict() == Verdict::Clean, is_fixed, "{report}");
    }
}

#[tokio::test]
async fn what_is_marked_is_reported_and_nothing_else() {
    check(&reports(None).await);
}

#[tokio::test]
#[cfg(feature = "postgres")]
async fn the_same_is_reported_on_postgresql() {
    let url = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names the server");
    check(&reports(Some(&url)).await);
}

#[test]
fn the_demonstration_prints_each_report_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_axum-app"))
        .arg("--demo")
        .env("DIESEL_DOCTOR", "test")
        .env_remove("AXUM_APP_DATABASE_URL")
        .output()
        .unwrap();
    assert!(output.status.success());
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for rule in ["n-plus-one", "duplicate-query", "write-in-loop"] {
        assert_eq!(stderr.matches(&format!("warning[{rule}]")).count(), 1, "{stderr}");
        assert_eq!(stdout.matches(&format!("warning[{rule}]")).count(), 1, "{stdout}");
    }
    assert!(stdout.contains("GET /posts → 200 OK, 9 queries\n"), "{stdout}");
    assert!(stdout.contains("summary: 6 reports: 3 clean, 3 with findings, 0 blind; 22 queries"), "{stdout}");
}
