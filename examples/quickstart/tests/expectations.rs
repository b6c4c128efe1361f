//! The markers in the source and what is reported, compared both ways.

use std::process::Command;

use diesel_doctor::Verdict;

#[path = "../../markers.rs"]
mod markers;

#[test]
fn what_is_marked_is_reported_and_nothing_else() {
    let reports = quickstart::reports().unwrap();
    let expected = markers::expected();
    assert_eq!(expected.len(), 3, "the markers are there");
    assert_eq!(markers::reported(&reports), expected);

    let good = reports.last().unwrap();
    assert_eq!(good.verdict(), Verdict::Clean);
    good.assert_queries(2);
}

#[test]
fn the_command_prints_reports_for_people_and_for_programs() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
            .args(arguments)
            .env("DIESEL_DOCTOR", "test")
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };

    let text = run(&[]);
    assert!(text.contains("examples/quickstart/src/pages.rs:"), "{text}");
    assert!(
        text.contains("Comment::belonging_to(post).select(Comment::as_select()).load(conn)"),
        "the source line is shown: {text}"
    );
    assert!(!text.contains('\u{1b}'), "no colours without a terminal");

    let document: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let reports = document.as_array().unwrap();
    assert_eq!(reports.len(), 4);
    for report in reports {
        assert_eq!(report["schema"], "diesel-doctor/report/1");
    }
}

/// A copy of the command without its debug sections, or without any symbol.
#[cfg(target_os = "linux")]
fn run_stripped(argument: &str) -> String {
    let copy = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quickstart{argument}"));
    let stripped =
        Command::new("strip").arg(argument).arg("-o").arg(&copy).arg(env!("CARGO_BIN_EXE_quickstart")).status();
    assert!(stripped.expect("strip comes with the C compiler").success());
    let output = Command::new(&copy).env("DIESEL_DOCTOR", "test").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn without_debug_information_the_findings_come_and_say_how_to_get_the_line() {
    for (argument, remedy) in [
        ("--strip-debug", "set debug = \"line-tables-only\""),
        ("--strip-all", "set strip = \"none\" and debug = \"line-tables-only\""),
    ] {
        let text = run_stripped(argument);
        for rule in ["n-plus-one", "duplicate-query", "write-in-loop"] {
            assert!(text.contains(&format!("warning[{rule}]")), "{argument}: {text}");
        }
        assert!(text.contains("call site unknown") || text.contains("call sites 0 of"), "{argument}: {text}");
        assert!(text.contains(remedy), "{argument}: {text}");
    }
}

#[test]
fn a_setting_that_is_not_understood_is_an_error_that_lists_the_valid_ones() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).env("DIESEL_DOCTOR", "prod").output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("valid values are off, test, production"), "{error}");
}

#[test]
fn off_is_off_and_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).env("DIESEL_DOCTOR", "off").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("diesel-doctor is off"), "{text}");
}
