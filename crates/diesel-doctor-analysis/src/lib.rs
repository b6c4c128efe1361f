//! What the queries of a scope mean: from records to findings, evidence and reports.
//!
//! A pure function of its input. It has no threads and no state of a process; it reads no clock, no environment and no stack; it writes
//! nothing by itself. So the same [`Tables`] give the same [`Report`], in the program that asked and in any other.
//!
//! The way of one query through the folders: `record` is what happened, `snapshot` is what belongs together, `analyzers` look at it, `judging`
//! decides what they found is reported, `report` says it with its evidence, `render` writes it as text or JSON.
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
//! [`diesel-doctor`](https://docs.rs/diesel-doctor) is the crate for programs that use Diesel.

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
pub use setting::{CallSites, Profile};
#[doc(hidden)]
pub use shield::shielded;
pub use snapshot::{Group, QueryBuilder, Snapshot, SnapshotBuilder};
