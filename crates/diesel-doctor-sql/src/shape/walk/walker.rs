//! Walks the statement itself, and notes what the walks of its parts find.

use std::collections::HashSet;
use std::hash::BuildHasher;

use sqlparser::ast::{CopySource, Statement, UtilityOption};

use super::scope::Scope;
use crate::Operation;
use crate::shape::bind::BindRole;
use crate::shape::column::{ColumnRef, ColumnRole, ColumnUse};
use crate::shape::table::Table;
use crate::shape::tokens::Canonical;
use crate::shape::tree::{MAX_LISTED, Tree};

/// Walks statements and notes their shape.
pub(in crate::shape) struct Walker<'a> {
    pub(super) canonical: Canonical<'a>,
    pub(super) tree: Tree,
    pub(super) scopes: Vec<Scope>,
    /// Names of the common table expressions in sight.
    pub(super) expressions: Vec<String>,
    /// Hashes of the columns that are listed.
    seen: HashSet<u64>,
    hasher: foldhash::fast::RandomState,
}

impl<'a> Walker<'a> {
    pub(in crate::shape) fn new(canonical: Canonical<'a>, operation: Operation) -> Self {
        let slots = vec![BindRole::Other; canonical.slots.len()];
        let tree = Tree { operation: Some(operation), slots, ..Tree::default() };
        Self {
            canonical,
            tree,
            scopes: Vec::new(),
            expressions: Vec::new(),
            seen: HashSet::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }

    pub(in crate::shape) fn finish(mut self) -> Tree {
        self.tree.summary.sort_by_key(|&(at, _)| at);
        let reads = !self.tree.operation.is_some_and(Operation::is_write);
        if let ([only], None, true) = (self.tree.writes.as_slice(), &self.tree.write_target, reads) {
            self.tree.write_target = Some(only.clone());
        }
        self.tree
    }

    /// Walks the statement itself.
    pub(in crate::shape) fn outermost(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query, true),
            Statement::Explain { statement, analyze, options, .. } => {
                self.note(0, "EXPLAIN");
                self.outermost(statement);
                let analyzes = |option: &UtilityOption| option.name.value.eq_ignore_ascii_case("analyze");
                if !analyze && !options.iter().flatten().any(analyzes) {
                    self.writes_nothing();
                }
            }
            Statement::Copy { source: CopySource::Query(query), .. } => {
                self.note(0, "COPY");
                self.query(query, true);
            }
            Statement::Declare { stmts } => {
                self.note(0, "DECLARE");
                for query in stmts.iter().filter_map(|declared| declared.for_query.as_ref()) {
                    self.query(query, true);
                }
            }
            Statement::Call(function) => {
                self.note(0, "CALL");
                self.note(1, &function.name.to_string().replace('"', ""));
                self.inside(&function.args, None);
            }
            other => self.write(other, true),
        }
    }

    /// Walks a statement that writes: the outermost one, or one in a common table expression.
    pub(super) fn write(&mut self, statement: &Statement, outermost: bool) {
        match statement {
            Statement::Insert(insert) => self.insert(insert, outermost),
            Statement::Update(update) => self.update(update, outermost),
            Statement::Delete(delete) => self.delete(delete, outermost),
            Statement::Merge(merge) => self.merge(merge, outermost),
            other => self.any_other(other),
        }
    }

    /// Notes the table that a statement writes.
    pub(super) fn writes(&mut self, table: Option<Table>, outermost: bool) {
        if let Some(table) = &table
            && !self.tree.writes.contains(table)
        {
            self.tree.writes.push(table.clone());
        }
        if outermost {
            self.tree.write_target = table;
        }
    }

    /// Takes back what is written: the statement is only planned.
    pub(super) fn writes_nothing(&mut self) {
        self.tree.writes.clear();
        self.tree.write_target = None;
    }

    /// Adds a part of the summary that stands at a place of the text.
    pub(super) fn note(&mut self, at: u64, part: &str) {
        if self.tree.summary.len() < MAX_LISTED {
            self.tree.summary.push((at, part.to_owned()));
        }
    }

    pub(super) fn add_table(&mut self, table: Table) {
        if self.tree.tables.len() < MAX_LISTED && !self.tree.tables.contains(&table) {
            self.tree.tables.push(table);
        }
    }

    pub(super) fn add_column(&mut self, column: ColumnRef, role: ColumnRole) {
        let used = ColumnUse { column, role };
        if self.tree.columns.len() >= MAX_LISTED {
            return;
        }
        // Most columns are new, and most that are not were seen by their hash: the list is searched for few.
        let is_new = self.seen.insert(self.hasher.hash_one(&used));
        if is_new || !self.tree.columns.contains(&used) {
            self.tree.columns.push(used);
        }
    }

    pub(super) fn set_slot(&mut self, ordinal: usize, role: BindRole) {
        if let Some(slot) = self.tree.slots.get_mut(ordinal) {
            *slot = role;
        }
    }
}
