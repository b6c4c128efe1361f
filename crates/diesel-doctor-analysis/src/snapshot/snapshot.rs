//! All data about a closed scope, immutable. Analyzers read nothing else.

use std::time::Duration;

use diesel_doctor_sql::Statement;

use super::Group;
use super::grouping::group;
use crate::record::{BindFact, Connection, QueryRecord, ResolvedStack, Tables};

/// All data about a closed scope.
///
/// Queries are in the order in which they started. There may be fewer records than queries (see [`Tally`](crate::Tally)).
#[derive(Debug, Default)]
pub struct Snapshot {
    tables: Tables,
    groups: Vec<Group>,
}

impl Snapshot {
    /// Makes a snapshot and computes the groups from the tables.
    ///
    /// # Panics
    /// When an index in a record or tally is not valid in the tables.
    pub fn new(tables: Tables) -> Self {
        let groups = group(&tables);
        Self { tables, groups }
    }

    /// Returns the tables that it was made from.
    pub fn into_tables(self) -> Tables {
        self.tables
    }

    /// The tables that it was made from.
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
    /// When the record comes from another snapshot.
    pub fn statement(&self, query: &QueryRecord) -> &Statement {
        self.tables.statement(query)
    }

    /// The facts about a record's binds, in bind order; at most the first sixteen are kept.
    pub fn bind_facts(&self, query: &QueryRecord) -> &[BindFact] {
        self.tables.bind_facts.get(query.binds.facts()).unwrap_or_default()
    }

    /// A hash that tells records with one fingerprint apart. It covers the binds, the literals in the text, and the lengths of
    /// lists, which the fingerprint ignores.
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
    /// When the record comes from another snapshot.
    pub fn connection(&self, query: &QueryRecord) -> &Connection {
        &self.tables.connections[query.connection.get()]
    }

    /// The call stack of a record, if one was captured.
    pub fn stack(&self, query: &QueryRecord) -> Option<&ResolvedStack> {
        self.tables.stack(query)
    }

    /// The program's own queries, grouped by fingerprint, database and call site, in the order of their first query. Each group is
    /// the work of one line of the user's code.
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
    /// When the group comes from another snapshot.
    pub fn group_statement(&self, group: &Group) -> &Statement {
        &self.tables.statements[group.statement.get()]
    }
}
