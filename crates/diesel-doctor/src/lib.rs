//! The query doctor for Diesel: it watches every query, finds the loops and repeats that hurt, names the line of your code that makes
//! them, and prescribes the fix in Diesel's own words.
//!
//! ```
//! use diesel::prelude::*;
//!
//! diesel_doctor::install()?;
//! let mut conn = SqliteConnection::establish(":memory:")?;
//!
//! let (sum, report) = diesel_doctor::diagnose("sum", || diesel::select(1.into_sql::<diesel::sql_types::Integer>() + 1).get_result::<i32>(&mut conn));
//!
//! assert_eq!(sum, Ok(2));
//! assert_eq!(report.query_count(), 1);
//! report.assert_clean();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The way in
//! - [`install`] watches every connection from now on, [`install_with`] keeps a default instrumentation of yours working;
//! - [`conn.doctor("name")`](ConnectionExt::doctor) watches one connection and names it;
//! - [`diagnose`] runs a closure and returns its [`Report`]; [`Scope`] is the same with a guard;
//! - [`bind`] and [`ScopeHandle::in_scope`] carry the scope to other threads;
//! - [`health`] says what may have been missed.
//!
//! # Settings
//! [`Doctor::builder`] in code; in the environment `DIESEL_DOCTOR` (`off`, `test`, `production`), `DIESEL_DOCTOR_CALL_SITES` (`always`,
//! `repeats`, `off`) and `DIESEL_DOCTOR_REPORT` (`text`, `json`, `none`).

mod connection;
mod error_class;
mod install;
mod instrumentation;

pub use connection::{ConnectionExt, ForeignInstrumentation};
pub use diesel_doctor_core::{
    AlreadySet, Analyzer, BindFact, BindShape, Binds, BuildError, CallSite, CallSiteEvidence, CallSites, Confidence,
    Connection, ConnectionEvidence, ConnectionId, Database, Dialect, Doctor, DoctorBuilder, Ending, Entered,
    EnvironmentError, ErrorClass, Evidence, Finding, FindingKey, Fingerprint, Group, Health, Level, MissingCallSites,
    Outcome, Prescription, Profile, QueryKind, QueryRecord, Recorder, Report, Reporter, ResolvedStack, Rule, Scope,
    ScopeHandle, Severity, Snapshot, SnapshotBuilder, SourceFrame, Statement, Tally, Trust, Verdict, analyzers, bind,
    reporters,
};
pub use install::{InstallError, health, install, install_with};
pub use instrumentation::DoctorInstrumentation;

/// Runs a closure in a scope of its own, exactly once, and returns what it returned with the report.
///
/// Scopes nest: a query counts in the innermost scope and in those around it.
///
/// # Panics
/// When the closure does; the report goes to the doctor's reporters then, by default as text to standard error.
pub fn diagnose<T>(name: impl Into<String>, f: impl FnOnce() -> T) -> (T, Report) {
    Doctor::of_process().diagnose(name, f)
}
