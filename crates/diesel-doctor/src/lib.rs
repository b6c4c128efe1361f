//! # The way in
//! - [`install`] watches every connection from now on, [`install_with`] keeps a default instrumentation of yours working;
//! - [`conn.doctor("name")`](ConnectionExt::doctor) watches one connection and names it;
//! - [`diagnose`](fn@diagnose) runs a closure and returns its [`Report`]; [`Scope`] is the same with a guard;
//! - the attribute `#[diagnose]` does it for functions, methods and tests, with the feature `macros`;
//! - [`assert_scales`] compares what code asks at several sizes of its data;
//! - [`bind`] and [`ScopeHandle::in_scope`] carry the scope to other threads;
//! - [`health`] says what may have been missed.
//!
//! # Features
//! None is on by default: `macros` is the attribute, `r2d2` watches pools, `tracing` is a reporter that makes events.
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
mod error_class;
mod install;
mod instrumentation;
#[cfg(feature = "macros")]
mod private;
#[cfg(feature = "r2d2")]
pub mod r2d2;

pub use connection::{ConnectionExt, ForeignInstrumentation};
#[doc(hidden)]
pub use connection::{dialect_of, watch};
pub use diesel_doctor_core::{
    AlreadySet, Analyzer, BindFact, BindShape, Binds, BuildError, CallSite, CallSiteEvidence, CallSites, Caller,
    Closing, Confidence, Connection, ConnectionEvidence, ConnectionId, Database, Delivered, DiagnoseExt, Diagnosed,
    Dialect, Doctor, DoctorBuilder, Driver, Ending, Entered, EnvironmentError, ErrorClass, Evidence, Finding,
    FindingKey, Fingerprint, Group, Health, Level, Live, MissingCallSites, Outcome, Prescription, Profile,
    QUERY_BUDGET, QueryKind, QueryRecord, Recorder, Report, Reporter, ResolvedStack, Rule, Running, Scope,
    ScopeBuilder, ScopeHandle, Scoped, Severity, Size, Snapshot, SnapshotBuilder, SourceFrame, Statement, Tally, Trust,
    Verdict, analyzers, assert_scales, assert_scales_async, bind, flush, reporters,
};
pub use install::{InstallError, health, install, install_with};
pub use instrumentation::DoctorInstrumentation;

#[cfg(feature = "macros")]
#[doc(inline)]
pub use diesel_doctor_macros::diagnose;

/// For the expansion of `#[diagnose]` only.
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// The traits that put connections and futures under observation, by one import.
pub mod prelude {
    pub use crate::{ConnectionExt as _, DiagnoseExt as _};
}

/// Runs a closure in a scope of its own, exactly once, and returns what it returned with the report.
///
/// Scopes nest: a query counts in the innermost scope and in those around it.
///
/// # Panics
/// When the closure does; the report goes to the doctor's reporters then.
pub fn diagnose<T>(name: impl Into<String>, f: impl FnOnce() -> T) -> (T, Report) {
    Scope::builder(name).diagnose(f)
}
