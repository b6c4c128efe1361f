//! Recording, scopes and reporters: the runtime of diesel-doctor.
//!
//! This crate knows neither Diesel nor an async runtime. `diesel-doctor` feeds it with events and exports its types to users.
//! `diesel-doctor-analysis` decides what the recorded queries mean.
//!
//! The folders, in the order in which a query passes through them: `recording` takes a connection's events into the tables of a
//! scope; `scope` decides whose query it is; `closing` makes a report from a recording; `reporters` show it. The other folders:
//! `doctor` has the settings and the health of the process; `future` has the scopes of async code; `scaling` runs the same code at
//! several sizes.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod closing;
mod doctor;
mod future;
mod recording;
pub mod reporters;
mod scaling;
mod scope;

pub use closing::flush;
#[doc(hidden)]
pub use diesel_doctor_analysis::shielded;
pub use diesel_doctor_analysis::{
    Analyzer, BindFact, BindReading, BindShape, Binds, CallSite, CallSiteEvidence, CallSites, Confidence, Connection,
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
