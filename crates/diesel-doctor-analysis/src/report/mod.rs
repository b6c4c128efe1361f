//! The report of one scope, with its evidence.

mod evidence;
mod report;

pub use evidence::{CallSiteEvidence, ConnectionEvidence, Evidence, MissingCallSites};
pub use report::{Ending, Report, ReportParts, Verdict};
