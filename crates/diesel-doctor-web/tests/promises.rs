//! `docs/promises.md` and `docs/attacks.md` name a test for each promise and each attack: that each of them exists is held here.

use std::collections::BTreeMap;
use std::path::Path;

/// How many tests the tables of a page name.
fn named(page: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join(page)).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut sources = BTreeMap::new();
    let mut tests = 0;
    for row in rows {
        let held_by = row.trim_end_matches('|').rsplit('|').next().unwrap();
        for test in held_by.split(';') {
            let (file, name) = test.split_once("`: `").unwrap_or_else(|| panic!("no test: {row}"));
            let file = file.trim().trim_start_matches('`');
            let name = name.trim().trim_end_matches('`');
            let source = sources.entry(file.to_owned()).or_insert_with(|| {
                std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no file {file}"))
            });
            let source: &str = source;
            assert!(source.contains(&format!("fn {name}(")), "no test {name} in {file}");
            tests += 1;
        }
    }
    tests
}

#[test]
fn every_promise_is_held_by_a_test_that_exists() {
    let tests = named("docs/promises.md");
    assert!(tests >= 20, "{tests} tests were found");
}

#[test]
fn every_attack_is_held_by_a_test_that_exists() {
    let tests = named("docs/attacks.md");
    assert!(tests >= 60, "{tests} tests were found");
}
