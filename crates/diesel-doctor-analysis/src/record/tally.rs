//! Exact counts, which also hold when samples were dropped.

use std::time::Duration;

use super::{ConnectionIndex, StackId, StatementId};

/// Exact counts for one statement text from one call stack. They also hold when samples were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How often it started.
    pub started: u64,
    /// How often its end was seen.
    pub finished: u64,
    /// How often it failed.
    pub failed: u64,
    /// The total time.
    pub elapsed: Duration,
}

/// A tally with what it counts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TallyEntry {
    /// The text.
    pub statement: StatementId,
    /// The call stack, where one was captured.
    pub stack: Option<StackId>,
    /// The connection.
    pub connection: ConnectionIndex,
    /// The counts.
    pub tally: Tally,
}

impl TallyEntry {
    /// An entry that has counted nothing yet.
    pub fn new(statement: StatementId, stack: Option<StackId>, connection: ConnectionIndex) -> Self {
        Self { statement, stack, connection, tally: Tally::default() }
    }
}
