//! The process's doctor for these tests: it keeps the reports, and each test looks only at those of its own scopes.

use std::sync::LazyLock;
use std::time::Duration;

use diesel::prelude::*;
use diesel_doctor::reporters::Memory;
use diesel_doctor::{DoctorBuilder, Finding, Profile, Report, flush};
use diesel_doctor_tests::blog::{self, users};

static REPORTS: LazyLock<Memory> = LazyLock::new(|| {
    let memory = Memory::new();
    let doctor = DoctorBuilder::without_environment().profile(Profile::Test).reporter(memory.clone());
    doctor.build().unwrap().make_global().unwrap();
    memory
});

/// Makes the doctor the process's, which must be before the first scope.
pub(crate) fn install() {
    LazyLock::force(&REPORTS);
}

/// A watched connection with a blog.
pub(crate) fn open() -> SqliteConnection {
    install();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    conn
}

/// One user's name.
pub(crate) fn name(id: i32, conn: &mut SqliteConnection) -> QueryResult<String> {
    users::table.find(id).select(users::name).first(conn)
}

/// The reports of the scopes of this name so far.
pub(crate) fn reports_of(scope: &str) -> Vec<Report> {
    assert!(flush(Duration::from_secs(60)), "the reports are made");
    reports_so_far(scope)
}

/// The same without waiting for reports that are still being made.
pub(crate) fn reports_so_far(scope: &str) -> Vec<Report> {
    REPORTS.reports().into_iter().filter(|report| report.scope == scope).collect()
}

/// The findings as `rule@line`.
pub(crate) fn findings(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| Some(finding.sites.first()?.innermost()?.line);
    report.findings().iter().map(|finding| format!("{}@{}", finding.rule.name, line(finding).unwrap_or(0))).collect()
}
