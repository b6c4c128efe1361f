//! A query at its start, and where it is kept.

use std::time::Instant;

use diesel_doctor_analysis::{BindFact, Connection, QueryKind, Trust};

/// What the recorder knows when a query starts.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    /// The text, perhaps cut, and a hash of all of it.
    pub sql: &'a str,
    pub sql_hash: u64,
    /// What it is whatever the text says: a pool's ping.
    pub kind: Option<QueryKind>,
    pub binds: u64,
    pub trust: Trust,
    /// A bind's `Debug` panicked.
    pub bind_panicked: bool,
    pub facts: &'a [BindFact],
    pub connection: &'a Connection,
    pub transaction_depth: u32,
    pub transaction: u32,
    /// Raw addresses, innermost first; empty when none were captured.
    pub stack: &'a [usize],
    pub at: Instant,
}

/// Where a started query is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(super) query: Option<u32>,
    pub(super) tally: Option<u32>,
}
