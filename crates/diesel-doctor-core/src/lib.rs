//! Recording, scopes and reporters: the runtime of diesel-doctor.
//!
//! This crate knows neither Diesel nor an async runtime: `diesel-doctor` feeds it, users meet its types through there. What the recorded queries
//! mean is decided in `diesel-doctor-analysis`.
//!
//! The way of one query through the folders: `recording` is one connection's events and a scope's tables, `scope` is whose query it is, `closing`
//! makes a report of a recording, `reporters` show it. Beside the way stand `doctor`, the settings and the health of the process; `future`, the
//! scopes of async code; and `scaling`, the same code at several sizes.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod closing;
mod doctor;
mod future;
mod recording;
pub mod reporters;
mod scaling;
mod scope;

pub use closing::flush;
pub use diesel_doctor_analysis::{
    Analyzer, BindFact, BindShape, Binds, CallSite, CallSiteEvidence, CallSites, Confidence, Connection,
    ConnectionEvidence, ConnectionId, ConnectionIndex, Database, DatabaseIdentity, Dialect, Driver, Ending, ErrorClass,
    Evidence, Finding, FindingKey, Fingerprint, Group, Level, MissingCallSites, Outcome, Prescription, Profile,
    QUERY_BUDGET, QueryBuilder, QueryKind, QueryRecord, Report, ReportParts, ResolvedStack, Rule, Severity, Snapshot,
    SnapshotBuilder, SourceFrame, StackId, Statement, StatementId, Tables, Tally, TallyEntry, Trust, Verdict,
    analyzers,
};
pub use doctor::{AlreadySet, BuildError, Doctor, DoctorBuilder, EnvironmentError, Health};
pub use future::{Closing, Delivered, DiagnoseExt, Diagnosed, Scoped};
pub use recording::Recorder;
pub use reporters::Reporter;
pub use scaling::{Size, assert_scales, assert_scales_async};
pub use scope::{Caller, Entered, Live, Running, Scope, ScopeBuilder, ScopeHandle, bind, entered_depth};
