//! What a statement touches and how, read from its syntax tree.

mod bind;
mod column;
mod parse;
mod prepare;
mod rewrite;
mod simple;
mod summary;
mod table;
mod tokens;
mod walk;

pub(crate) use parse::parse;
pub(crate) use summary::summary;
pub(crate) use tokens::Canonical;

pub use bind::{Batch, BatchKind, BindRole};
pub use column::{ColumnRef, ColumnRole, ColumnUse};
pub use table::Table;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::Operation;
use crate::normalizer::{BindRun, UNLIMITED};

/// More columns or tables than this are not listed.
const MAX_LISTED: usize = 512;

/// What a statement touches and how. Only known of a statement that parses; nothing in it is a guess.
#[derive(Clone)]
pub struct Shape {
    tree: Arc<Tree>,
    /// Of the text, not of the statement.
    binds: Box<[BindRun]>,
    batch: Option<Batch>,
    limit: Option<u64>,
}

/// The part of a shape that all texts of one statement share.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a statement")]
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) operation: Option<Operation>,
    pub(crate) tables: Vec<Table>,
    /// The table that the outermost statement writes.
    pub(crate) write_target: Option<Table>,
    /// All tables that are written, in common table expressions too.
    pub(crate) writes: Vec<Table>,
    pub(crate) columns: Vec<ColumnUse>,
    /// By the ordinal of the value in the canonical text.
    pub(crate) slots: Vec<BindRole>,
    pub(crate) keys: Vec<ColumnRef>,
    /// Filters that are neither equalities nor lists of keys.
    pub(crate) other_filters: bool,
    pub(crate) batch: Option<BatchKind>,
    /// The places of the canonical text that the batch's list, the first one there, starts at.
    pub(crate) batch_list: Option<Range<usize>>,
    pub(crate) has_filter: bool,
    pub(crate) has_limit: bool,
    /// Whether the limit is one value, and not computed.
    pub(crate) limit_is_value: bool,
    pub(crate) has_offset: bool,
    pub(crate) locks: bool,
    pub(crate) returns: bool,
    pub(crate) on_conflict: bool,
    pub(crate) distinct: bool,
    pub(crate) aggregates: bool,
    pub(crate) star: bool,
    pub(crate) subqueries: u32,
    /// Parts of the summary and where they stand.
    pub(crate) summary: Vec<(u64, String)>,
}

impl Tree {
    /// Adds what the statement behind this one does.
    pub(crate) fn append(&mut self, next: Self) {
        fn add<T: PartialEq>(to: &mut Vec<T>, from: Vec<T>) {
            for item in from {
                if to.len() < MAX_LISTED && !to.contains(&item) {
                    to.push(item);
                }
            }
        }
        add(&mut self.tables, next.tables);
        add(&mut self.columns, next.columns);
        add(&mut self.writes, next.writes);
        self.write_target = match self.writes.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        self.slots.extend(next.slots);
        self.summary.extend(next.summary);
        self.has_filter |= next.has_filter;
        self.has_limit |= next.has_limit;
        self.limit_is_value = false;
        self.has_offset |= next.has_offset;
        self.locks |= next.locks;
        self.returns |= next.returns;
        self.on_conflict |= next.on_conflict;
        self.distinct |= next.distinct;
        self.aggregates = false;
        self.star |= next.star;
        self.subqueries += next.subqueries;
    }
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
