//! `#[diagnose]` on blocking functions: what it leaves alone, and what it reports.

mod diagnosed;

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel_doctor::{Ending, Severity};

use diagnosed::{findings, name, open, reports_of};

/// Written as users write it: nothing of the doctor's is imported, and Diesel's traits are.
mod pages {
    #![deny(warnings)]

    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::prelude::*;
    use diesel::sqlite::SqliteConnection;
    use diesel_doctor_tests::blog::users;

    use super::name;

    /// The line of the loop in `plain`.
    pub(super) const LOOP: u32 = line!() + 9;

    pub(super) static CALLS: AtomicU32 = AtomicU32::new(0);

    /// A doc comment.
    #[diesel_doctor::diagnose]
    #[must_use]
    pub(crate) fn plain(conn: &mut SqliteConnection) -> Vec<String> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        (1..=3).map(|id| users::table.find(id).select(users::name).first(conn).unwrap()).collect()
    }

    #[diesel_doctor::diagnose]
    pub(super) fn borrows<'a>(names: &'a [String], conn: &mut SqliteConnection) -> Option<&'a str> {
        let wanted = name(2, conn).ok()?;
        let found = names.iter().find(|name| **name == wanted)?;
        if found.len() > 100 {
            return None;
        }
        Some(found)
    }

    #[diesel_doctor::diagnose]
    pub(super) fn generic<const N: usize, C>(
        conn: &mut C,
        (limit, _): (i64, u8),
    ) -> impl Iterator<Item = String> + use<C, N>
    where
        C: diesel::connection::LoadConnection<Backend = diesel::sqlite::Sqlite>,
    {
        let found: Vec<String> = users::table.select(users::name).limit(limit).load(conn).unwrap();
        found.into_iter().take(N)
    }

    #[diesel_doctor::diagnose]
    pub(super) fn fails(mut id: i32, conn: &mut SqliteConnection) -> Result<String, Box<dyn std::error::Error>> {
        id += 100;
        let found = name(id, conn)?;
        Ok(found)
    }

    #[diesel_doctor::diagnose]
    pub(super) fn panics(conn: &mut SqliteConnection) -> u8 {
        name(1, conn).unwrap();
        panic!("the user's own");
    }

    #[diesel_doctor::diagnose]
    pub(super) extern "C" fn outlandish(id: i32) -> i32 {
        #![allow(unused_variables)]
        let unused = 1;
        name(id, &mut super::open()).map_or(0, |_| id)
    }

    #[diesel_doctor::diagnose]
    pub(super) fn r#move(conn: &mut SqliteConnection) {
        struct OnDrop<'a>(&'a mut SqliteConnection);
        impl Drop for OnDrop<'_> {
            fn drop(&mut self) {
                name(1, self.0).unwrap();
            }
        }
        let _local = OnDrop(conn);
    }

    #[diesel_doctor::diagnose(name = "outer", max_queries = 3)]
    pub(super) fn outer(conn: &mut SqliteConnection) {
        let scope = 1;
        name(scope, conn).unwrap();
        inner(conn);
    }

    #[diesel_doctor::diagnose(name = "inner")]
    fn inner(conn: &mut SqliteConnection) {
        name(2, conn).unwrap();
    }
}

#[test]
fn a_loop_is_found_at_its_line_under_the_path_of_the_function() {
    let conn = &mut open();
    assert_eq!(pages::plain(conn).len(), 3);
    assert_eq!(pages::CALLS.load(std::sync::atomic::Ordering::Relaxed), 1);
    let reports = reports_of("diagnose_sync::pages::plain");
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((report.query_count(), report.ending()), (3, Ending::Closed));
    assert_eq!(findings(report), [format!("n-plus-one@{}", pages::LOOP)], "{report}");
}

#[test]
fn what_a_function_returns_is_the_same() {
    let conn = &mut open();
    let names = ["user 1".to_owned(), "user 2".to_owned()];
    assert_eq!(pages::borrows(&names, conn), Some("user 2"));
    assert_eq!(pages::borrows(&[], conn), None);
    assert_eq!(pages::generic::<2, _>(conn, (4, 0)).count(), 2);
    assert_eq!(pages::fails(1, conn).unwrap_err().to_string(), "Record not found");
    assert_eq!(pages::outlandish(7), 7);
    for (scope, reports, queries) in [("borrows", 2, 1), ("generic", 1, 1), ("fails", 1, 1), ("outlandish", 1, 1)] {
        let found = reports_of(&format!("diagnose_sync::pages::{scope}"));
        assert_eq!(found.len(), reports, "{scope}");
        assert!(
            found.iter().all(|report| report.ending() == Ending::Closed && report.query_count() == queries),
            "{scope}"
        );
    }
}

#[test]
fn a_panic_goes_through_and_is_reported_once() {
    let conn = &mut open();
    let panic = catch_unwind(AssertUnwindSafe(|| pages::panics(conn))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the user's own"));
    let endings: Vec<_> =
        reports_of("diagnose_sync::pages::panics").iter().map(diesel_doctor::Report::ending).collect();
    assert_eq!(endings, [Ending::Panicked]);
}

#[test]
fn what_locals_do_when_they_are_dropped_is_inside() {
    pages::r#move(&mut open());
    let counts: Vec<_> =
        reports_of("diagnose_sync::pages::move").iter().map(diesel_doctor::Report::query_count).collect();
    assert_eq!(counts, [1]);
}

#[test]
fn a_diagnosed_function_in_another_counts_in_both() {
    pages::outer(&mut open());
    let counts = |scope| reports_of(scope).iter().map(diesel_doctor::Report::query_count).collect::<Vec<_>>();
    assert_eq!((counts("outer"), counts("inner")), (vec![2], vec![1]));
    assert_eq!(findings(&reports_of("outer")[0]), [""; 0], "the budget holds");
}

mod options {
    use diesel::prelude::*;
    use diesel_doctor::diagnose;
    use diesel_doctor_tests::blog::users;

    #[diagnose(name = "over budget", max_queries = 2)]
    pub(super) fn over_budget(conn: &mut SqliteConnection) -> i64 {
        (0..3).map(|_| users::table.count().get_result::<i64>(conn).unwrap()).sum()
    }

    pub(super) const REASON: &str = "three at the most";

    #[diagnose(name = "allowed", allow("n-plus-one", reason = REASON), allow("duplicate-query", reason = "never",),)]
    pub(super) fn allowed(conn: &mut SqliteConnection) {
        (1..=3).for_each(|id| drop(super::name(id, conn)));
    }

    #[diagnose(name = concat!("den", "ied"), deny = "warnings")]
    pub(super) fn denied(conn: &mut SqliteConnection) {
        (1..=3).for_each(|id| drop(super::name(id, conn)));
    }

    #[diagnose(name = format!("one rule {id}"), deny("duplicate-query", "n-plus-one"))]
    pub(super) fn one_rule(id: i32, conn: &mut SqliteConnection) {
        (id..=3).for_each(|id| drop(super::name(id, conn)));
    }

    pub(super) mod renamed {
        pub(in super::super) use diesel_doctor as doctor;
    }

    #[diagnose(name = "elsewhere", crate = "renamed::doctor")]
    pub(super) fn elsewhere(conn: &mut SqliteConnection) {
        drop(super::name(1, conn));
    }
}

#[test]
fn a_broken_budget_is_a_finding_and_no_panic() {
    assert_eq!(options::over_budget(&mut open()), 30);
    let report = &reports_of("over budget")[0];
    let budget = &report.findings()[0];
    assert_eq!((budget.rule.name, budget.severity), ("query-budget", Severity::Error));
    assert_eq!(budget.message, "3 queries, 1 more than the budget of 2");
    assert!(budget.notes[0].starts_with("3 queries at tests/tests/diagnose_sync.rs:"), "{:?}", budget.notes);
}

#[test]
fn what_is_allowed_is_not_shown_and_what_allows_nothing_is_told() {
    options::allowed(&mut open());
    let report = &reports_of("allowed")[0];
    assert_eq!(findings(report), [""; 0], "{report}");
    assert_eq!(report.evidence().notes, ["1 finding of n-plus-one allowed by the scope: three at the most"]);
    assert_eq!(report.evidence().unused_allowances, ["duplicate-query (never)"]);
}

#[test]
fn what_is_denied_is_an_error() {
    let conn = &mut open();
    options::denied(conn);
    options::one_rule(1, conn);
    for scope in ["denied", "one rule 1"] {
        let reports = reports_of(scope);
        let severities: Vec<_> = reports.iter().map(|report| report.findings()[0].severity).collect();
        assert_eq!(severities, [Severity::Error], "{scope}");
    }
}

#[test]
fn the_facade_may_be_somewhere_else() {
    options::elsewhere(&mut open());
    assert_eq!(reports_of("elsewhere").len(), 1);
}

/// Bodies of one expression, in the attribute's every form.
mod one_line {
    #![deny(warnings)]

    use std::future::{Future, ready};
    use std::pin::Pin;

    use diesel_doctor::diagnose;

    #[rustfmt::skip]
    #[diagnose]
    pub(super) fn none() -> &'static str { "none" }

    #[rustfmt::skip]
    #[diagnose]
    pub(super) fn one(number: u8) -> u8 { number }

    #[rustfmt::skip]
    #[diagnose]
    pub(super) async fn later(number: u8) -> u8 { number }

    #[rustfmt::skip]
    #[diagnose]
    pub(super) fn a_future(number: u8) -> impl Future<Output = u8> { ready(number) }

    #[rustfmt::skip]
    #[diagnose]
    pub(super) fn a_block(number: u8) -> impl Future<Output = u8> { async move { number } }

    #[rustfmt::skip]
    #[diagnose]
    pub(super) fn a_box(number: u8) -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(ready(number)) }

    pub(super) struct Page;

    #[rustfmt::skip]
    #[diagnose]
    impl Page {
        pub(super) fn number(&self) -> u8 { 1 }
        pub(super) async fn later(&self) -> u8 { 1 }
    }
}

#[tokio::test]
async fn a_body_of_one_expression_brings_no_warning_and_gives_the_same() {
    drop(open());
    assert_eq!((one_line::none(), one_line::one(1), one_line::Page.number()), ("none", 1, 1));
    let later = [one_line::later(1).await, one_line::Page.later().await];
    let futures = [one_line::a_future(1).await, one_line::a_block(1).await, one_line::a_box(1).await];
    assert_eq!((later, futures), ([1; 2], [1; 3]));
}

mod methods {
    use diesel::prelude::*;
    use diesel_doctor::diagnose;

    use super::name;

    pub(super) struct Shelf<T> {
        pub(super) conn: SqliteConnection,
        pub(super) found: Vec<T>,
    }

    #[diagnose]
    impl<T: From<String>> Shelf<T> {
        pub(super) const LIMIT: i32 = 3;

        pub(super) const fn limit() -> i32 {
            Self::LIMIT
        }

        pub(super) fn fill(&mut self) -> &mut Self {
            for id in 1..=Self::limit() {
                let found = name(id, &mut self.conn).unwrap();
                self.found.push(found.into());
            }
            self
        }

        #[diagnose(skip)]
        pub(super) fn quiet(&mut self) {
            name(1, &mut self.conn).unwrap();
        }

        #[diagnose(name = "a shelf of its own", max_queries = 0)]
        pub(super) fn own(mut self) -> Vec<T> {
            name(1, &mut self.conn).unwrap();
            self.found
        }
    }

    pub(super) trait Count {
        fn count(&mut self) -> usize;

        #[diagnose(name = "provided")]
        fn provided(&mut self) -> usize {
            self.count() + 1
        }
    }

    #[diagnose(name = "shelf", deny = "warnings")]
    impl<T> Count for Shelf<T> {
        fn count(&mut self) -> usize {
            name(1, &mut self.conn).unwrap();
            self.found.len()
        }
    }
}

#[test]
fn every_method_of_an_impl_block_is_a_scope_but_those_that_are_skipped() {
    use methods::Count as _;

    let mut shelf = methods::Shelf::<String> { conn: open(), found: Vec::new() };
    shelf.fill().quiet();
    assert_eq!(shelf.provided(), 4);
    assert_eq!(shelf.own(), ["user 1", "user 2", "user 3"]);
    let shown = |scope: &str| reports_of(scope).iter().map(findings_and_count).collect::<Vec<_>>();
    assert_eq!(shown("diagnose_sync::methods::Shelf::fill"), [(3, 1)]);
    assert_eq!(shown("diagnose_sync::methods::Shelf::quiet"), []);
    assert_eq!(shown("diagnose_sync::methods::Shelf::limit"), [], "a const fn makes no queries");
    assert_eq!(shown("diagnose_sync::methods::Shelf::own"), []);
    assert_eq!(shown("a shelf of its own"), [(1, 1)]);
    assert_eq!(shown("shelf::count"), [(1, 0)]);
    assert_eq!(shown("provided"), [(1, 0)]);
}

fn findings_and_count(report: &diesel_doctor::Report) -> (u64, usize) {
    (report.query_count(), report.findings().len())
}
