//! The markers in the source and what is reported, compared both ways.

use std::collections::BTreeSet;
use std::process::Command;

use diesel_doctor::{Report, Severity, Verdict};

/// Where a rule is expected or was reported: file, line, rule.
type Place = (String, u32, String);

fn expected() -> BTreeSet<Place> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut places = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = format!("examples/async-sqlite/src/{}", path.file_name().unwrap().to_str().unwrap());
        for (line, text) in (1..).zip(std::fs::read_to_string(&path).unwrap().lines()) {
            if let Some((_, rule)) = text.split_once("// expect: ") {
                places.insert((file.clone(), line, rule.to_owned()));
            }
        }
    }
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_is_reported_and_nothing_else() {
    let reports = async_sqlite::reports("file:library?mode=memory&cache=shared").await.unwrap();
    let reported: BTreeSet<Place> = reports
        .iter()
        .flat_map(Report::findings)
        .filter(|finding| finding.severity >= Severity::Warning)
        .map(|finding| {
            let frame = finding.sites[0].innermost().unwrap();
            (frame.file.to_string(), frame.line, finding.rule.name.to_owned())
        })
        .collect();
    let expected = expected();
    assert_eq!(expected.len(), 3, "the markers are there");
    assert_eq!(reported, expected);

    let good = reports.last().unwrap();
    assert_eq!(good.verdict(), Verdict::Clean);
    good.assert_queries(2);
}

#[test]
fn the_command_prints_reports_for_people_and_for_programs() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_async-sqlite"))
            .args(arguments)
            .env("DIESEL_DOCTOR", "test")
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(text.contains("examples/async-sqlite/src/pages.rs:"), "{text}");

    let document: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let reports = document.as_array().unwrap();
    assert_eq!(reports.len(), 4);
    for report in reports {
        assert_eq!(report["schema"], "diesel-doctor/report/1");
    }
}
