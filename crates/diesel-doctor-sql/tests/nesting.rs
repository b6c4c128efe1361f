//! Nested syntax overflows no stack, however deep it is and however small the stack: a child process asks, so that an overflow is a failed test.

use std::collections::BTreeMap;
use std::io::stdout;
use std::process::Command;

#[path = "../nesting/src/constructs.rs"]
mod constructs;
#[path = "../nesting/src/probe.rs"]
mod probe;

use probe::Place;

/// Says to the child on which stack it is to ask.
const PLACE: &str = "DIESEL_DOCTOR_NESTING_PLACE";

/// How deep constructs had a shape, by their names and dialects.
type Parsed = BTreeMap<(String, String), usize>;

/// Asks all constructs in a child of its own.
fn ask_in_child(place: Place) -> Parsed {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PLACE, place.name())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let last = said.lines().rfind(|line| line.starts_with("ask"));
    assert!(
        child.status.success(),
        "{place:?}: {} at {last:?}\n{}",
        child.status,
        String::from_utf8_lossy(&child.stderr)
    );
    said.lines()
        .filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            ["parsed", name, dialect, depth] => Some(((name.to_owned(), dialect.to_owned()), depth.parse().unwrap())),
            _ => None,
        })
        .collect()
}

#[test]
fn child() {
    let Some(place) = std::env::var(PLACE).ok().and_then(|name| Place::of(&name)) else { return };
    let deepest = if place == Place::SMALLEST { 16_384 } else { 1_024 };
    probe::ask(place, deepest, &mut stdout()).unwrap();
}

#[test]
fn no_construct_overflows_a_stack_and_all_stacks_give_the_same() {
    let parsed = Place::ALL.map(ask_in_child);
    let [first, others @ ..] = &parsed;
    for (place, other) in Place::ALL.iter().skip(1).zip(others) {
        assert!(first == other, "{place:?}");
    }
    let depths: Vec<usize> = first.values().copied().collect();
    assert_eq!(depths.len(), constructs::CONSTRUCTS.len() * 4);
    if std::env::var_os("SHOW").is_some() {
        for (k, v) in first {
            eprintln!("{} | {} | {v}", k.0, k.1);
        }
    }
}
