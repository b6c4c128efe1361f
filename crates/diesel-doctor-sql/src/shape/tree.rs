//! The part of a shape that all texts of one statement share.

use std::ops::Range;

use super::bind::{BatchKind, BindRole};
use super::column::{ColumnRef, ColumnUse};
use super::table::Table;
use crate::Operation;

/// More columns or tables than this are not listed.
pub(super) const MAX_LISTED: usize = 512;

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
