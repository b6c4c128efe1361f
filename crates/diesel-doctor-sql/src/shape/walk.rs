//! Reads a shape from a syntax tree.

mod expression;
mod filter;
mod query;
mod scope;
mod write;

use sqlparser::ast::{ObjectName, ObjectNamePart, ObjectType, Statement, Visit, Visitor};
use std::ops::ControlFlow;

use self::scope::Scope;
use super::tokens::Canonical;
use super::{BindRole, ColumnRef, ColumnRole, ColumnUse, Table, Tree};
use crate::Operation;

/// More columns or tables than this are not listed.
const MAX_LISTED: usize = 512;

/// Walks statements and notes their shape.
pub(super) struct Walker<'a> {
    canonical: Canonical<'a>,
    tree: Tree,
    scopes: Vec<Scope>,
    /// Names of the common table expressions in sight.
    expressions: Vec<String>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(canonical: Canonical<'a>) -> Self {
        let tree = Tree { slots: vec![BindRole::Other; canonical.slots.len()], ..Tree::default() };
        Self { canonical, tree, scopes: Vec::new(), expressions: Vec::new() }
    }

    pub(super) fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
        if statements.len() > 1 {
            // Of several statements none is a look-up or a batch.
            self.tree.keys.clear();
            self.tree.other_filters = true;
            self.tree.batch = None;
        }
    }

    pub(super) fn finish(mut self, operation: Operation) -> Tree {
        self.tree.operation = Some(operation);
        self.tree.summary.sort_by_key(|&(at, _)| at);
        self.tree
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query, true),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge(merge),
            Statement::Explain { statement, .. } => {
                self.note(0, "EXPLAIN");
                self.statement(statement);
            }
            other => self.any_other(other),
        }
    }

    /// Notes the tables of a definition or the like.
    fn any_other(&mut self, statement: &Statement) {
        let mut relations = Relations(Vec::new());
        let _: ControlFlow<()> = statement.visit(&mut relations);
        if let Statement::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } = statement {
            relations.0.extend_from_slice(names);
        }
        let words: Vec<&str> = self.canonical.text.split(' ').take(4).collect();
        let kinds = ["TABLE", "index", "VIEW", "schema", "TRIGGER", "database", "sequence", "type", "function"];
        let verb = words.first().copied().unwrap_or_default().to_ascii_uppercase();
        let kind = words.iter().skip(1).find(|word| kinds.contains(word));
        self.note(0, &kind.map_or(verb.clone(), |kind| format!("{verb} {}", kind.to_ascii_uppercase())));
        for (at, name) in relations.0.into_iter().enumerate() {
            if let Some(table) = table_of(&name, None) {
                self.note(1 + at as u64, &table.to_string());
                if at == 0 {
                    self.tree.write_target = Some(table.clone());
                }
                self.add_table(table);
            }
        }
    }

    /// Adds a part of the summary that stands at a place of the text.
    fn note(&mut self, at: u64, part: &str) {
        if self.tree.summary.len() < MAX_LISTED {
            self.tree.summary.push((at, part.to_owned()));
        }
    }

    fn add_table(&mut self, table: Table) {
        if self.tree.tables.len() < MAX_LISTED && !self.tree.tables.contains(&table) {
            self.tree.tables.push(table);
        }
    }

    fn add_column(&mut self, column: ColumnRef, role: ColumnRole) {
        let used = ColumnUse { column, role };
        if self.tree.columns.len() < MAX_LISTED && !self.tree.columns.contains(&used) {
            self.tree.columns.push(used);
        }
    }

    fn set_slot(&mut self, ordinal: usize, role: BindRole) {
        if let Some(slot) = self.tree.slots.get_mut(ordinal) {
            *slot = role;
        }
    }
}

/// The table that a name of one, two or three parts names.
fn table_of(name: &ObjectName, alias: Option<String>) -> Option<Table> {
    let mut parts = name.0.iter().rev().map(|part| match part {
        ObjectNamePart::Identifier(identifier) => Some(identifier.value.clone()),
        ObjectNamePart::Function(_) => None,
    });
    let name = parts.next().flatten()?;
    Some(Table { schema: parts.next().flatten(), name, alias })
}

struct Relations(Vec<ObjectName>);

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.0.push(relation.clone());
        ControlFlow::Continue(())
    }
}
