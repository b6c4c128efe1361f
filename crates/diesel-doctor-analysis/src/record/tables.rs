//! Everything that was recorded in a scope, as tables.

use std::time::Duration;

use diesel_doctor_sql::Statement;

use super::{BindFact, Connection, QueryRecord, ResolvedStack, TallyEntry};

/// Everything that was recorded in a scope. A [`Snapshot`](crate::Snapshot) is made from it.
///
/// Every index in a record or a tally must be valid in these tables.
#[derive(Debug, Default)]
pub struct Tables {
    /// The name of the scope.
    pub scope: String,
    /// From the scope's opening to its close.
    pub elapsed: Duration,
    /// The connections that the scope used.
    pub connections: Vec<Connection>,
    /// The distinct texts.
    pub statements: Vec<Statement>,
    /// The distinct call stacks, resolved as far as needed.
    pub stacks: Vec<ResolvedStack>,
    /// The facts about the binds of all records, in the order of the records.
    pub bind_facts: Vec<BindFact>,
    /// The records, in the order in which the queries started. When the scope was full, there are fewer records than queries.
    pub queries: Vec<QueryRecord>,
    /// The exact counts of each text on each connection from each call stack.
    pub tallies: Vec<TallyEntry>,
}

impl Tables {
    /// The statement of a record.
    ///
    /// # Panics
    /// When the record comes from other tables.
    pub fn statement(&self, query: &QueryRecord) -> &Statement {
        &self.statements[query.statement.get()]
    }

    /// The call stack of a record, if one was captured.
    pub fn stack(&self, query: &QueryRecord) -> Option<&ResolvedStack> {
        query.stack.and_then(|id| self.stacks.get(id.get()))
    }
}
