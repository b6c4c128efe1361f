//! Tests of all analyzers together on whole scopes. Each test is a program, written in the lines of a page.

mod any;
mod changes;
mod loops;
mod silence;
mod writes;

use diesel_doctor_sql::Dialect;

use super::conformance::{findings, findings_of};
use super::{DuplicateQuery, for_production, page};
use crate::finding::Finding;
use crate::snapshot::Snapshot;

fn snapshot(lines: &str) -> Snapshot {
    page::snapshot(lines, Dialect::Unknown).unwrap()
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}: {}", finding.severity, finding.rule.name, finding.message)).collect()
}

/// A line for each number.
fn each(numbers: impl Iterator<Item = u32>, line: impl FnMut(u32) -> String) -> String {
    numbers.map(line).collect::<Vec<_>>().join("\n")
}

/// Checks the findings under the thresholds for tests.
#[track_caller]
fn check(lines: &str, expected: &[&str]) -> Vec<Finding> {
    let findings = findings(&snapshot(lines));
    assert_eq!(told(&findings), expected, "{lines}");
    findings
}

#[test]
fn the_same_snapshot_gives_the_same_findings() {
    let lines = each(0..300, |at| {
        format!(
            "SELECT * FROM t{} WHERE id = ? -- binds: [{}]   (at src/a.rs:{} f{}, via src/b.rs:{} g)",
            at % 7,
            at % 11,
            at % 5,
            at % 3,
            at % 2
        )
    });
    let print = || {
        let found = findings(&snapshot(&lines));
        assert!(found.len() > 5, "{}", found.len());
        let parts = |finding: &Finding| {
            format!("{:?} {} {:?} {:?}", finding.sites, finding.key(), finding.notes, finding.evidence)
        };
        (told(&found), found.iter().map(parts).collect::<Vec<_>>())
    };
    assert_eq!(print(), print());
}
