//! The markers in the source and what is reported, compared both ways.

use std::process::Command;

use diesel_doctor::{Report, Verdict};

#[path = "../../markers.rs"]
mod markers;

#[cfg(feature = "postgres")]
fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names the server")
}

fn check(reports: &[Report]) {
    let expected = markers::expected();
    assert_eq!(expected.len(), 3, "the markers are there");
    assert_eq!(markers::reported(reports), expected);

    let good = reports.last().unwrap();
    assert_eq!(good.verdict(), Verdict::Clean);
    good.assert_queries(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_is_reported_and_nothing_else() {
    check(&async_app::reports(None).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "postgres")]
async fn the_same_is_reported_on_postgresql() {
    check(&async_app::reports(Some(&server())).await.unwrap());
}

fn check_command(database: &[&str]) {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_async-app"))
            .args(database)
            .args(arguments)
            .env("DIESEL_DOCTOR", "test")
            .env_remove("ASYNC_APP_DATABASE_URL")
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(text.contains("examples/async-app/src/pages.rs:"), "{text}");

    let document: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let reports = document.as_array().unwrap();
    assert_eq!(reports.len(), 4);
    for report in reports {
        assert_eq!(report["schema"], "diesel-doctor/report/1");
    }
}

#[test]
fn the_command_prints_reports_for_people_and_for_programs() {
    check_command(&[]);
}

#[test]
#[cfg(feature = "postgres")]
fn the_command_prints_the_same_on_postgresql() {
    check_command(&["--database-url", &server()]);
}
