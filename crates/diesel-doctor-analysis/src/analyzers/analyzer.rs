//! What an analyzer is.

use std::fmt;

use crate::finding::{Finding, Rule};
use crate::snapshot::Snapshot;

/// Looks for one kind of problem.
///
/// Analysis cannot fail, does no IO, and depends on nothing but the snapshot. It sees all queries: what the user allows is taken out afterwards.
pub trait Analyzer: fmt::Debug + Send + Sync {
    /// The rule it applies.
    fn rule(&self) -> &'static Rule;

    /// Adds what it finds to `findings`, which hold what the analyzers before it found. A query that a rule explains to which this one
    /// [yields](Rule::yields_to) needs no second finding. An analyzer that puts findings together takes its parts out: those of the rules that
    /// its own [names](Rule::puts_together). Whatever else it takes out or changes stays as it was.
    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>);
}
