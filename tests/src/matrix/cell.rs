//! One cell: what was to be seen, and what was.

use std::future::Future;
use std::sync::{Arc, LazyLock};

use diesel_doctor::{DiagnoseExt, Doctor, Health, Report};

use crate::blog::test_doctor;

/// One combination, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell {
    /// The type of the connection.
    pub connection: &'static str,
    /// The pool, or `none`.
    pub pool: &'static str,
    /// From where to where the work went.
    pub hop: &'static str,
    /// Whether the queries came to their scope.
    pub scope: Scope,
    /// Whether the report named the line.
    pub site: Site,
    /// What else there is to say.
    pub note: String,
}

/// Whether queries came to their scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Each to its own.
    Right,
    /// They were counted as outside any scope. With the call that the note names they come to their own.
    Helped,
    /// To another, or they were not counted at all.
    Wrong,
}

/// Whether the report named the line that made the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Site {
    /// It did.
    Right,
    /// It named none, and said why and how to get it.
    Unknown,
    /// It named another, or none without saying why.
    Wrong,
}

/// How many queries the first scope makes, and the second.
pub(super) const FIRST: u8 = 4;
pub(super) const SECOND: u8 = 2;

/// Runs two scopes at the same time and says what came of them.
pub(super) async fn observe(
    line: (&str, u32),
    first: impl Future<Output = ()>,
    second: impl Future<Output = ()>,
) -> (Scope, Site) {
    static DOCTOR: LazyLock<Arc<Doctor>> =
        LazyLock::new(|| Arc::new(test_doctor().build().expect("the settings are valid")));

    let missed = || {
        let health = Health::of_process();
        health.unscoped + health.late
    };
    let before = missed();
    let (((), first), ((), second)) =
        tokio::join!(first.diagnose_with(&DOCTOR, "first"), second.diagnose_with(&DOCTOR, "second"));
    let missed = missed() - before;
    let scope = match (first.query_count(), second.query_count(), missed) {
        (first, second, 0) if (first, second) == (u64::from(FIRST), u64::from(SECOND)) => Scope::Right,
        (0, 0, missed) if missed == u64::from(FIRST + SECOND) => Scope::Helped,
        _ => Scope::Wrong,
    };
    (scope, if scope == Scope::Right { site(&first, line) } else { Site::Unknown })
}

fn site(report: &Report, (file, line): (&str, u32)) -> Site {
    let Some(finding) = report.findings().iter().find(|finding| finding.rule.name == "n-plus-one") else {
        return Site::Wrong;
    };
    match finding.sites.first().and_then(|site| site.innermost()) {
        Some(frame) if frame.file.ends_with(file) && frame.line == line && finding.sites.len() == 1 => Site::Right,
        None if report.evidence().call_sites.missing.is_some() => Site::Unknown,
        _ => Site::Wrong,
    }
}
