//! Records, scopes, analyzers, findings and reports of diesel-doctor.
//!
//! This crate knows neither Diesel nor an async runtime: `diesel-doctor` feeds it, users meet its types through there.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ambient;
pub mod analyzers;
mod binds;
mod blinding;
mod budget;
mod caller;
mod closing;
mod connection;
mod doctor;
mod environment;
mod evidence;
mod finding;
mod future;
mod group;
mod health;
mod judge;
mod kind;
mod live;
mod query;
mod recorder;
mod recording;
mod report;
pub mod reporters;
mod rule;
mod running;
mod scaling;
mod scope;
mod settings;
mod site;
mod sites;
mod snapshot;
mod text;
mod worker;

pub use analyzers::Analyzer;
pub use budget::QUERY_BUDGET;
pub use caller::Caller;
pub use connection::{Connection, ConnectionId, Database, DatabaseIdentity, Driver};
pub use diesel_doctor_sql::{Dialect, Fingerprint, Statement};
pub use doctor::{AlreadySet, BuildError, CallSites, Doctor, DoctorBuilder, Profile};
pub use environment::EnvironmentError;
pub use evidence::{CallSiteEvidence, ConnectionEvidence, Evidence, MissingCallSites};
pub use finding::{Finding, FindingKey, Prescription};
pub use future::{Closing, Delivered, DiagnoseExt, Diagnosed, Scoped};
pub use group::Group;
pub use health::Health;
pub use live::Live;
pub use query::{
    BindFact, BindShape, Binds, ConnectionIndex, ErrorClass, Outcome, QueryKind, QueryRecord, StackId, StatementId,
    Trust,
};
pub use recorder::Recorder;
pub use report::{Ending, Report, Verdict};
pub use reporters::Reporter;
pub use rule::{Confidence, Level, Rule, Severity};
pub use running::Running;
pub use scaling::{Size, assert_scales, assert_scales_async};
pub use scope::{Entered, Scope, ScopeHandle, bind, entered_depth};
pub use settings::ScopeBuilder;
pub use site::{CallSite, ResolvedStack, SourceFrame};
pub use snapshot::{QueryBuilder, Snapshot, SnapshotBuilder, Tally};
pub use worker::flush;
