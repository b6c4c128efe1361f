//! Explains what the queries of a scope mean: from records to findings, evidence and reports.
//!
//! Everything here is a pure function of its input. It has no threads and no process-wide state. It reads no clock, no environment
//! and no stack, and it prints nothing. So the same [`Tables`] give the same [`Report`] in every program.
//!
//! The folders, in the order in which a query passes through them: `record` holds what happened; `snapshot` groups what belongs
//! together; `analyzers` look for problems; `judging` decides which findings are reported; `report` holds them with their evidence;
//! `render` writes text and JSON.
//!
//! ```
//! use diesel_doctor_analysis::{
//!     Dialect, Ending, Evidence, Profile, Report, ReportParts, Rulebook, ScopeRules, SnapshotBuilder, diagnose,
//! };
//!
//! let page = (0..20).fold(SnapshotBuilder::new("page", Dialect::Sqlite), |page, author| {
//!     page.query("SELECT name FROM authors WHERE id = ?", |query| {
//!         query.binds(&[author.to_string()]).at("src/page.rs", 12, "shop::page")
//!     })
//! });
//! let rulebook = Rulebook::new(Profile::Test, Vec::new());
//! let mut evidence = Evidence::default();
//! let findings = diagnose(&page.build(), &rulebook, &ScopeRules::default(), Ending::Closed, &mut evidence);
//! assert_eq!(findings[0].rule.name, "n-plus-one");
//!
//! let report = Report::from_parts(ReportParts { findings, evidence, ..ReportParts::new("page", Ending::Closed) });
//! assert!(report.to_string().contains("src/page.rs:12"));
//! ```
//!
//! Programs that use Diesel need the crate [`diesel-doctor`](https://docs.rs/diesel-doctor).
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod analyzers;
mod finding;
mod judging;
mod record;
pub mod render;
mod report;
mod setting;
mod shield;
mod snapshot;
pub mod words;

pub use analyzers::Analyzer;
pub use diesel_doctor_sql::{Dialect, Fingerprint, Statement};
pub use finding::{Confidence, Finding, FindingKey, Level, Prescription, Rule, Severity};
pub use judging::{Levels, QUERY_BUDGET, Rulebook, ScopeRules, diagnose};
pub use record::{
    BindFact, BindShape, Binds, CallSite, Connection, ConnectionId, ConnectionIndex, Database, DatabaseIdentity,
    Driver, ErrorClass, Outcome, PrintedBinds, QueryKind, QueryRecord, ResolvedStack, SourceFrame, StackId,
    StatementId, Tables, Tally, TallyEntry, Trust,
};
pub use report::{
    CallSiteEvidence, ConnectionEvidence, Ending, Evidence, MissingCallSites, Report, ReportParts, Verdict,
};
pub use setting::{BindReading, CallSites, Profile};
#[doc(hidden)]
pub use shield::shielded;
pub use snapshot::{Group, QueryBuilder, Snapshot, SnapshotBuilder};
