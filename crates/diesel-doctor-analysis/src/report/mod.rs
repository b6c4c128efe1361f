//! The report of one scope, and what it rests on.

mod evidence;
mod report;

pub use evidence::{CallSiteEvidence, ConnectionEvidence, Evidence, MissingCallSites};
pub use report::{Ending, Report, ReportParts, Verdict};
