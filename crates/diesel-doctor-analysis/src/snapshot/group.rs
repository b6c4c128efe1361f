//! A group: the queries of one statement from one place in the user's code.

use std::time::Duration;

use diesel_doctor_sql::Fingerprint;

use crate::record::{CallSite, StatementId};

/// The queries of one statement from one place in the user's code.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group {
    /// The fingerprint that all of them share.
    pub fingerprint: Fingerprint,
    /// The first text with this fingerprint.
    pub statement: StatementId,
    /// How many finished; an exact count, also when samples were dropped.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The total time.
    pub elapsed: Duration,
    /// The place; `None` when no line is known.
    pub site: Option<CallSite>,
    /// Whether Diesel split one call into these queries.
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
