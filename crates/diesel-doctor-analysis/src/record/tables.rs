//! Everything that was recorded in a scope, as tables.

use std::time::Duration;

use diesel_doctor_sql::Statement;

use super::{BindFact, Connection, QueryRecord, ResolvedStack, TallyEntry};

/// Everything that was recorded in a scope: what a [`Snapshot`](crate::Snapshot) is made from.
///
/// Every index in a record or in a tally must be one of these tables'.
#[derive(Debug, Default)]
pub struct Tables {
    /// The name of the scope.
    pub scope: String,
    /// From the scope's opening to its close.
    pub elapsed: Duration,
    /// The connections that were touched.
    pub connections: Vec<Connection>,
    /// The distinct texts.
    pub statements: Vec<Statement>,
    /// The distinct call stacks, resolved as far as they are needed.
    pub stacks: Vec<ResolvedStack>,
    /// The facts about the binds of all records, in the order of the records.
    pub bind_facts: Vec<BindFact>,
    /// The records, in the order in which the queries started. There may be fewer than queries.
    pub queries: Vec<QueryRecord>,
    /// The exact counts of each text on each connection from each call stack.
    pub tallies: Vec<TallyEntry>,
}

impl Tables {
    /// The statement of a record.
    ///
    /// # Panics
    /// When the record is of other tables.
    pub fn statement(&self, query: &QueryRecord) -> &Statement {
        &self.statements[query.statement.get()]
    }

    /// The call stack of a record, if one was captured.
    pub fn stack(&self, query: &QueryRecord) -> Option<&ResolvedStack> {
        query.stack.and_then(|id| self.stacks.get(id.get()))
    }
}
