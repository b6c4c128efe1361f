//! The check on small crates.

use std::path::Path;

use super::check::judge;
use super::graph::Graph;
use super::imports::add_imports;
use super::load::{Sources, load};

/// What is said of a crate, by its files; nothing if it has no circle.
fn said_of(files: &[(&str, &str)]) -> String {
    let sources: Sources = files.iter().map(|(file, text)| ((*file).into(), (*text).to_owned())).collect();
    let mut graph = Graph::default();
    add_imports(&load(&sources, Path::new("lib.rs")).unwrap(), &mut graph);
    judge(&graph).err().map(|error| error.to_string()).unwrap_or_default()
}

/// Checks that there is one circle, of these steps and no others, each with all of its imports.
#[track_caller]
fn check_circle(files: &[(&str, &str)], expected: &[&str]) {
    let said = said_of(files);
    let (circle, help) = said.split_once("\n\n").expect("a circle and what to do");
    let steps: Vec<_> = circle.lines().skip(1).map(str::trim).collect();
    assert_eq!(steps, expected, "{said}");
    assert!(help.starts_with("move what both sides need"), "{said}");
}

#[track_caller]
fn check_none(files: &[(&str, &str)]) {
    assert_eq!(said_of(files), "");
}

#[test]
fn two_files_in_a_circle_are_named_with_line_and_path() {
    check_circle(
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B;\npub struct A(B);"),
            ("b.rs", "pub struct B;\n\nfn f() -> crate::a::A { todo!() }"),
        ],
        &["a.rs imports b.rs", "a.rs:1: crate::b::B", "b.rs imports a.rs", "b.rs:3: crate::a::A"],
    );
    check_none(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;"),
    ]);
}

#[test]
fn three_files_in_a_circle_are_found() {
    let c = "use crate::a;\nfn c() { a::a(); }\npub struct C;";
    let files = |c| {
        [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::b; pub fn a() {}"),
            ("b.rs", "use crate::c::C; pub fn b() {}"),
            ("c.rs", c),
        ]
    };
    let expected = [
        "a.rs imports b.rs",
        "a.rs:1: crate::b::b",
        "b.rs imports c.rs",
        "b.rs:1: crate::c::C",
        "c.rs imports a.rs",
        "c.rs:2: a::a",
    ];
    check_circle(&files(c), &expected);
    check_none(&files("pub struct C;"));
}

#[test]
fn of_a_large_circle_the_shortest_way_around_is_shown_and_the_other_files_are_named() {
    check_circle(
        &[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; use crate::b::B; pub struct C;"),
        ],
        &[
            "b.rs imports c.rs",
            "b.rs:1: crate::c::C",
            "c.rs imports b.rs",
            "c.rs:1: crate::b::B",
            "and by other ways: a.rs",
        ],
    );
}

#[test]
fn all_circles_are_said_at_once() {
    let said = said_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
        ("c.rs", "use crate::d::D; pub struct C;"),
        ("d.rs", "use crate::c::C; pub struct D;"),
    ]);
    assert_eq!(said.matches("2 files import each other in a circle").count(), 2, "{said}");
}

#[test]
fn an_import_through_a_re_export_is_one_of_the_file_that_defines_it() {
    for re_export in ["pub use a::A;", "pub(crate) use a::A;", "pub use a::*;", "pub use self::a::{A};"] {
        let module = format!("mod a; {re_export}");
        let files = |a| {
            [
                ("lib.rs", "mod f; mod b;"),
                ("f/mod.rs", &*module),
                ("f/a.rs", a),
                ("b.rs", "use crate::f::A; pub struct B;"),
            ]
        };
        check_circle(
            &files("use crate::b::B; pub struct A;"),
            &["b.rs imports f/a.rs", "b.rs:1: crate::f::A", "f/a.rs imports b.rs", "f/a.rs:1: crate::b::B"],
        );
        check_none(&files("pub struct A;"));
    }
}

#[test]
fn a_module_and_a_function_can_share_a_name() {
    check_circle(
        &[
            ("lib.rs", "mod capture; mod b; pub use capture::capture;"),
            ("capture.rs", "use crate::b::B; pub fn capture() {}"),
            ("b.rs", "use crate::capture; pub struct B; fn f() { capture(); }"),
        ],
        &["b.rs imports capture.rs", "b.rs:1: crate::capture", "capture.rs imports b.rs", "capture.rs:1: crate::b::B"],
    );
}

#[test]
fn an_item_of_the_parent_is_an_import_of_the_parents_file() {
    for import in ["super::A", "super::{A}", "super::*", "crate::f::A", "super::{self as f, A}"] {
        let child = format!("use {import}; pub struct B;");
        let said =
            said_of(&[("lib.rs", "mod f;"), ("f/mod.rs", "mod b; use b::B; pub struct A(B);"), ("f/b.rs", &child)]);
        assert!(
            said.contains("f/b.rs imports f/mod.rs") && said.contains("f/mod.rs imports f/b.rs"),
            "{import}: {said}"
        );
    }
}

#[test]
fn what_a_glob_brings_is_found_where_it_is_used() {
    let b = |used: &str| format!("use super::*; pub struct B; fn f() -> {used} {{ todo!() }}");
    let (own, other) = (b("B"), b("A"));
    let files = |b| {
        [
            ("lib.rs", "mod f;"),
            ("f/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("f/a.rs", "use super::B; pub struct A;"),
            ("f/b.rs", b),
        ]
    };
    check_circle(
        &files(&other),
        &["f/a.rs imports f/b.rs", "f/a.rs:1: super::B", "f/b.rs imports f/a.rs", "f/b.rs:1: A"],
    );
    check_none(&files(&own));
}

#[test]
fn the_arguments_of_a_macro_are_read() {
    let b = |argument: &str| format!("pub struct B;\nfn f() {{\nprintln!(\"{{}}\", ({argument}));\n}}");
    let (inside, outside) = (b("1 + crate::a::A::new()"), b("::other::a::A::new(), $crate::a::A"));
    let files = |b| [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", b)];
    check_circle(
        &files(&inside),
        &["a.rs imports b.rs", "a.rs:1: crate::b::B", "b.rs imports a.rs", "b.rs:3: crate::a::A::new"],
    );
    check_none(&files(&outside));
}

#[test]
fn what_a_macro_defines_is_its_files() {
    let lib = "mod a; mod b; pub use a::*;";
    let files = |lib, a| [("lib.rs", lib), ("a.rs", a), ("b.rs", "use crate::A; pub struct B;")];
    check_circle(
        &files(lib, "use crate::b::B; define! { struct A; }"),
        &["a.rs imports b.rs", "a.rs:1: crate::b::B", "b.rs imports a.rs", "b.rs:1: crate::A"],
    );
    check_none(&files("mod a; mod b; pub use other::A; pub use a::*;", "use crate::b::B; define! { struct A; }"));
}

#[test]
fn test_code_is_no_import() {
    let tests = [
        "#[cfg(test)] mod tests { use crate::a::A; }",
        "#[cfg(all(test, unix))] mod tests { use super::super::a::A; }",
        "#[cfg(test)] mod fixtures;",
        "#[cfg(test)] use crate::a::A;",
        "impl B { #[cfg(test)] fn f() -> crate::a::A { todo!() } }",
    ];
    let check = |code: &str| {
        let b = format!("pub struct B; {code}");
        said_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", &b),
            ("b/fixtures.rs", "use crate::a::A; mod below;"),
            ("b/fixtures/below.rs", "use crate::a::A;"),
        ])
    };
    for code in tests {
        assert_eq!(check(code), "", "{code}");
        for real in ["any(test, unix)", "not(test)"] {
            let code = code.replace("all(test, unix)", "test").replace("cfg(test)", &format!("cfg({real})"));
            let code = code.replace("mod fixtures;", "mod fixtures { use crate::a::A; }");
            assert_ne!(check(&code), "", "{code}");
        }
    }
}

#[test]
fn a_file_that_declares_and_re_exports_is_in_no_circle() {
    check_none(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("a.rs", "pub struct A;"),
        ("b.rs", "use crate::A; use super::A as Other; pub struct B;"),
    ]);
}

#[test]
fn what_the_parent_only_imports_is_no_import_of_the_parent() {
    check_none(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod child; use crate::b::T; use child::C; pub struct A(T, C);"),
        ("a/child.rs", "use super::T; pub struct C(T);"),
        ("b.rs", "pub struct T;"),
    ]);
}

#[test]
fn names_that_are_not_code_are_no_imports() {
    check_none(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "/// [`A`](crate::a::A)\n#[derive(crate::a::A)]\npub(in crate::a) struct B;\nuse ::a::A;"),
    ]);
}

#[test]
fn a_file_that_is_missing_is_an_error() {
    let sources = Sources::from([("lib.rs".into(), "mod a;".to_owned())]);
    let error = load(&sources, Path::new("lib.rs")).unwrap_err().to_string();
    assert_eq!(error, "lib.rs declares `mod a;`, and a.rs is not there");
}
