//! Everything that is known of a scope at its close, immutable: what analyzers read, and all they read.

use std::time::Duration;

use diesel_doctor_sql::Statement;

use super::Group;
use super::grouping::group;
use crate::record::{BindFact, Connection, QueryRecord, ResolvedStack, Tables};

/// A scope at its close.
///
/// Queries are in the order in which they started. There may be fewer records than queries (see [`Tally`]).
#[derive(Debug, Default)]
pub struct Snapshot {
    tables: Tables,
    groups: Vec<Group>,
}

impl Snapshot {
    /// Computes from the tables what is derived from them.
    ///
    /// # Panics
    /// When an index in a record or tally is not one of the tables'.
    pub fn new(tables: Tables) -> Self {
        let groups = group(&tables);
        Self { tables, groups }
    }

    /// Takes it apart into what it was made from.
    pub fn into_tables(self) -> Tables {
        self.tables
    }

    /// What it was made from.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The name of the scope.
    pub fn scope(&self) -> &str {
        &self.tables.scope
    }

    /// From the scope's opening to its close.
    pub fn elapsed(&self) -> Duration {
        self.tables.elapsed
    }

    /// The records, in the order in which the queries started.
    pub fn queries(&self) -> &[QueryRecord] {
        &self.tables.queries
    }

    /// The statement of a record.
    ///
    /// # Panics
    /// When the record is of another snapshot.
    pub fn statement(&self, query: &QueryRecord) -> &Statement {
        self.tables.statement(query)
    }

    /// The facts about a record's binds, in bind order; at most the first sixteen are kept.
    pub fn bind_facts(&self, query: &QueryRecord) -> &[BindFact] {
        self.tables.bind_facts.get(query.binds.facts()).unwrap_or_default()
    }

    /// What distinguishes a record from others of its fingerprint: its binds, the literals in its text, and how they are spread
    /// over lists, which a fingerprint does not tell.
    pub fn argument_identity(&self, query: &QueryRecord) -> u64 {
        let statement = self.statement(query);
        let literals = statement.literals().map_or(0, std::num::NonZeroU64::get);
        let lists = statement
            .list_lengths()
            .iter()
            .fold(0_u64, |hash, &length| (hash.rotate_left(9) ^ u64::from(length)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        query.binds.identity().rotate_left(17) ^ literals ^ lists
    }

    /// The connection of a record.
    ///
    /// # Panics
    /// When the record is of another snapshot.
    pub fn connection(&self, query: &QueryRecord) -> &Connection {
        &self.tables.connections[query.connection.get()]
    }

    /// The call stack of a record, if one was captured.
    pub fn stack(&self, query: &QueryRecord) -> Option<&ResolvedStack> {
        self.tables.stack(query)
    }

    /// The program's own queries by fingerprint, database and call site: each group is what one line of the user's did.
    /// In the order of their first query.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The records of a group, in the order in which they started.
    pub fn group_queries<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a QueryRecord> {
        group.queries.iter().filter_map(|&index| self.tables.queries.get(index as usize))
    }

    /// The first statement of a group.
    ///
    /// # Panics
    /// When the group is of another snapshot.
    pub fn group_statement(&self, group: &Group) -> &Statement {
        &self.tables.statements[group.statement.get()]
    }
}
