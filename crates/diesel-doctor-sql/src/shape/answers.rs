//! What a shape answers of a text.

use std::fmt;
use std::sync::Arc;

use super::bind::{Batch, BatchKind, BindRole};
use super::column::{ColumnRef, ColumnRole, ColumnUse};
use super::table::Table;
use super::tree::Tree;
use crate::Operation;
use crate::normalizer::{BindRun, UNLIMITED};

/// What a statement touches and how. Only known of a statement that parses; nothing in it is a guess.
#[derive(Clone)]
pub struct Shape {
    tree: Arc<Tree>,
    /// Of the text, not of the statement.
    binds: Box<[BindRun]>,
    batch: Option<Batch>,
    limit: Option<u64>,
}

impl Shape {
    pub(crate) fn new(tree: Arc<Tree>, binds: Box<[BindRun]>, length: Option<u32>, limit: Option<u64>) -> Self {
        let batch = tree.batch.map(|kind| Batch { kind, len: length });
        // A single row is no batch.
        let batch =
            batch.filter(|batch| batch.kind != BatchKind::MultiRowValues || batch.len.is_some_and(|rows| rows > 1));
        Self { tree, binds, batch, limit }
    }

    /// What the statement does.
    pub fn operation(&self) -> Operation {
        self.tree.operation.unwrap_or(Operation::Other)
    }

    /// The tables it reads and writes, each once per alias, in order of appearance; common table expressions are resolved away.
    pub fn tables(&self) -> &[Table] {
        &self.tree.tables
    }

    /// The table that it writes; of a query, the one table that its `INTO` or its common table expressions write. `None` where that are several.
    /// A statement that is only explained or prepared writes nothing.
    pub fn write_target(&self) -> Option<&Table> {
        self.tree.write_target.as_ref()
    }

    /// All tables it writes, in common table expressions too, as far as they are known.
    pub fn writes(&self) -> &[Table] {
        &self.tree.writes
    }

    /// The columns it names, each with its role.
    pub fn columns(&self) -> &[ColumnUse] {
        &self.tree.columns
    }

    /// The columns with one role.
    pub fn columns_with(&self, role: ColumnRole) -> impl Iterator<Item = &ColumnRef> {
        self.tree.columns.iter().filter(move |used| used.role == role).map(|used| &used.column)
    }

    /// What a bind of the text stands for, the first thing that is known where it stands for several; binds are numbered from 1, as in `$1`.
    pub fn bind_role(&self, bind: usize) -> &BindRole {
        let bind = u32::try_from(bind).unwrap_or(0);
        let runs = self.binds.iter().filter(|run| bind.checked_sub(run.first).is_some_and(|offset| offset < run.count));
        let mut roles = runs.filter_map(|run| self.tree.slots.get(run.slot as usize));
        roles.find(|role| **role != BindRole::Other).unwrap_or(&BindRole::Other)
    }

    /// Whether the outermost query has a `LIMIT` or `FETCH FIRST`. One that limits nothing is none: databases that allow no `OFFSET` without
    /// a `LIMIT` are given a negative number, or the highest.
    pub fn has_limit(&self) -> bool {
        self.tree.has_limit && !(self.tree.limit_is_value && self.limit == Some(UNLIMITED))
    }

    /// The value of the outermost `LIMIT`, where the text holds it; of several statements none is known.
    pub fn limit(&self) -> Option<u64> {
        self.limit.filter(|_| self.tree.limit_is_value && self.has_limit())
    }

    /// Whether the outermost query has an `OFFSET`.
    pub fn has_offset(&self) -> bool {
        self.tree.has_offset
    }

    /// Whether it locks the rows it reads (`FOR UPDATE`, `FOR SHARE`, …).
    pub fn locking(&self) -> bool {
        self.tree.locks
    }

    /// Whether it has a `RETURNING` clause.
    pub fn returning(&self) -> bool {
        self.tree.returns
    }

    /// Whether it has `ON CONFLICT` or `ON DUPLICATE KEY`.
    pub fn on_conflict(&self) -> bool {
        self.tree.on_conflict
    }

    /// Whether the outermost query, `UPDATE` or `DELETE` has a `WHERE`.
    pub fn has_filter(&self) -> bool {
        self.tree.has_filter
    }

    /// Whether the outermost query is `DISTINCT`.
    pub fn distinct(&self) -> bool {
        self.tree.distinct
    }

    /// Whether the outermost query selects from aggregates and does not group: it gives one row at most.
    pub fn single_row_aggregate(&self) -> bool {
        self.tree.aggregates
    }

    /// Whether the outermost query selects `*`.
    pub fn selects_star(&self) -> bool {
        self.tree.star
    }

    /// How many queries stand inside the statement, common table expressions included.
    pub fn subqueries(&self) -> u32 {
        self.tree.subqueries
    }

    /// The column of a look-up by one key: its filter is exactly one equality of a column with a value.
    pub fn single_key(&self) -> Option<&ColumnRef> {
        match self.tree.keys.as_slice() {
            [key] if !self.tree.other_filters => Some(key),
            _ => None,
        }
    }

    /// The columns that the outermost filter compares with values by `=`, all of them joined by `AND`.
    pub fn key_filters(&self) -> &[ColumnRef] {
        &self.tree.keys
    }

    /// Whether the outermost filter, or an inner join, has conditions besides [`key_filters`](Self::key_filters) and those that join tables.
    pub fn has_other_filters(&self) -> bool {
        self.tree.other_filters
    }

    /// Whether it handles many keys or rows at once already, and how many.
    pub fn batched(&self) -> Option<Batch> {
        self.batch
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape")
            .field("tree", &self.tree)
            .field("batch", &self.batch)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
