//! What one place in the user's code did with one statement.

use std::time::Duration;

use diesel_doctor_sql::Fingerprint;

use crate::record::{CallSite, StatementId};

/// What one place in the user's code did with one statement.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group {
    /// The fingerprint that all share.
    pub fingerprint: Fingerprint,
    /// The first text with it.
    pub statement: StatementId,
    /// How many finished; exact, also where samples were dropped.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The time all of them took together.
    pub elapsed: Duration,
    /// The place; `None` when no line is known.
    pub site: Option<CallSite>,
    /// Whether Diesel split one call into these.
    pub split_by_diesel: bool,
    /// The samples, as indices into the snapshot's records, in the order in which they started.
    pub(crate) queries: Vec<u32>,
}

impl Group {
    /// The samples, as indices into the snapshot's records, in the order in which they started.
    pub fn query_indices(&self) -> &[u32] {
        &self.queries
    }
}
