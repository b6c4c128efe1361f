//! The markers `// expect: rule` of an example, and what was reported of it, as the same type: a test compares them both ways.
//!
//! The tests of each example include this file, so that the markers are those of their own package.

use std::collections::BTreeSet;

use diesel_doctor::{Report, Severity};

/// Where a rule is expected or was reported: file, line, rule.
type Place = (String, u32, String);

/// What the package's source is marked with.
pub(crate) fn expected() -> BTreeSet<Place> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut places = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = format!("examples/{}/src/{name}", env!("CARGO_PKG_NAME"));
        for (line, text) in (1..).zip(std::fs::read_to_string(&path).unwrap().lines()) {
            if let Some((_, rule)) = text.split_once("// expect: ") {
                places.insert((file.clone(), line, rule.to_owned()));
            }
        }
    }
    places
}

/// What the reports warn of.
pub(crate) fn reported(reports: &[Report]) -> BTreeSet<Place> {
    let findings = reports.iter().flat_map(Report::findings).filter(|finding| finding.severity >= Severity::Warning);
    findings
        .map(|finding| {
            let frame = finding.sites[0].innermost().unwrap();
            (frame.file.to_string(), frame.line, finding.rule.name.to_owned())
        })
        .collect()
}
