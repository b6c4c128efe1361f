//! The trait that every analyzer implements.

use std::fmt;

use crate::finding::{Finding, Rule};
use crate::snapshot::Snapshot;

/// Looks for one kind of problem.
///
/// Analysis cannot fail and does no IO. Its result depends on the snapshot alone. It sees all queries: the user's levels are
/// applied afterwards.
pub trait Analyzer: fmt::Debug + Send + Sync {
    /// The rule it applies.
    fn rule(&self) -> &'static Rule;

    /// Adds what it finds to `findings`, which already hold the findings of the analyzers before it. An analyzer may leave out a
    /// query that a rule it yields to has explained. It may also merge several findings into one and remove the parts: those of the
    /// rules that its own rule [names](Rule::puts_together). It cannot remove or change any other finding.
    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>);
}
