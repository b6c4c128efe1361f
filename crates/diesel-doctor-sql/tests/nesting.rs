//! Nested syntax overflows no stack, however deep it is and however small the stack: child processes ask, so that an overflow is a failed test.

use std::collections::BTreeMap;
use std::io::stdout;
use std::process::{Child, Command, Stdio};

#[path = "../nesting/src/constructs.rs"]
mod constructs;
#[path = "../nesting/src/probe.rs"]
mod probe;

use probe::Place;

/// Says to the child on which stack it is to ask.
const PLACE: &str = "DIESEL_DOCTOR_NESTING_PLACE";

/// How deep it is asked: beyond the deepest brackets that are parsed, and on the smallest stack beyond the longest chains.
const DEEPEST: usize = 512;
const DEEPEST_ON_SMALLEST: usize = 2_048;

/// The stack with the least room.
const SMALLEST: Place = Place::Thread(64);

/// How deep constructs had a shape, by their names and dialects.
type Parsed = BTreeMap<(String, String), usize>;

fn start(place: Place) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PLACE, place.name())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn what_it_found(place: Place, child: Child) -> Parsed {
    let child = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let last = said.lines().rfind(|line| line.starts_with("ask"));
    let error = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{place:?}: {} at {last:?}\n{error}", child.status);
    let parsed = said.lines().filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        ["parsed", name, dialect, depth] => {
            let depth: usize = depth.parse().unwrap();
            Some(((name.to_owned(), dialect.to_owned()), depth.min(DEEPEST)))
        }
        _ => None,
    });
    parsed.collect()
}

#[test]
fn child() {
    let Some(place) = std::env::var(PLACE).ok().and_then(|name| Place::of(&name)) else { return };
    let deepest = if place == SMALLEST { DEEPEST_ON_SMALLEST } else { DEEPEST };
    probe::ask(place, deepest, &mut stdout()).unwrap();
}

#[test]
fn no_construct_overflows_a_stack_and_all_stacks_give_the_same_shapes() {
    let children = Place::ALL.map(|place| (place, start(place)));
    let found = children.map(|(place, child)| (place, what_it_found(place, child)));
    let [(_, first), others @ ..] = &found;
    assert_eq!(first.len(), constructs::CONSTRUCTS.len() * 4);
    for (place, other) in others {
        let differs = first.iter().find(|(key, depth)| other.get(key) != Some(depth));
        assert_eq!(differs, None, "on {place:?}: {:?}", differs.map(|(key, _)| other.get(key)));
    }
    // What people and Diesel write is not refused.
    for (name, depth) in [
        ("boxed filters", 128),
        ("boxed alternatives", 128),
        ("joins in brackets on the left", 32),
        ("joins in brackets on the right", 32),
        ("joins in a row", 256),
        ("joins that wait for ON", 64),
        ("scalar subqueries", 32),
        ("subqueries in IN", 32),
        ("derived tables", 32),
        ("common table expressions", 32),
        ("UNION with brackets", 32),
        ("UNION in a row", 512),
        ("CASE in ELSE", 32),
        ("calls", 64),
        ("AND", 512),
    ] {
        let of_name = first.iter().filter(|((known, _), _)| known == name);
        let depths: Vec<usize> = of_name.map(|(_, &depth)| depth).collect();
        // SQLite does not let joins wait.
        let enough = depths.iter().filter(|&&found| found >= depth).count();
        assert!(depths.len() == 4 && enough >= 3, "{name}: {depths:?}");
    }
}
