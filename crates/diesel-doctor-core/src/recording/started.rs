//! A query at its start, and its place in a scope's tables.

use std::time::Instant;

use diesel_doctor_analysis::{BindFact, Connection, QueryKind, Trust};

/// What the recorder knows when a query starts.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    /// The text, which may be cut, and a hash of the whole text.
    pub sql: &'a str,
    pub sql_hash: u64,
    /// The kind of query, where the text does not decide it: a pool's ping.
    pub kind: Option<QueryKind>,
    pub binds: u64,
    pub trust: Trust,
    /// Whether a bind's `Debug` panicked.
    pub bind_panicked: bool,
    pub facts: &'a [BindFact],
    pub connection: &'a Connection,
    pub transaction_depth: u32,
    pub transaction: u32,
    /// Raw addresses, innermost first; empty when none were captured.
    pub stack: &'a [usize],
    pub at: Instant,
}

/// The place of a started query in the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(super) query: Option<u32>,
    pub(super) tally: Option<u32>,
}
