//! Writes: `INSERT`, `UPDATE`, `DELETE`, `MERGE`.

use std::ops::Range;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Insert, Merge, ObjectName, ObjectNamePart,
    OnConflictAction, OnInsert, OrderByExpr, SelectItem, SetExpr, TableFactor, TableObject, TableWithJoins, Update,
    UpdateTableFromKind, Values,
};

use super::names::{is_named, table_of};
use super::scope::Scope;
use super::walker::Walker;
use crate::Dialect;
use crate::shape::bind::{BatchKind, BindRole};
use crate::shape::column::{ColumnRef, ColumnRole};
use crate::shape::table::Table;

impl Walker<'_> {
    pub(super) fn insert(&mut self, insert: &Insert, outermost: bool) {
        let at = insert.insert_token.0.span.start.column;
        let word = usize::try_from(at).ok().and_then(|at| self.canonical.text.get(at.saturating_sub(1)..));
        self.note(at, if word.is_some_and(|word| word.starts_with("REPLACE")) { "REPLACE" } else { "INSERT" });
        self.scopes.push(Scope::default());
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
        let target = match &insert.table {
            TableObject::TableName(name) => self.target(name, alias),
            _ => None,
        };
        self.writes(target.clone(), outermost);
        let target = target.map(|table| table.name);
        for column in &insert.columns {
            self.written(column, target.as_deref());
        }
        if let Some(source) = &insert.source {
            let outer = std::mem::take(&mut self.scopes);
            self.query(source, false);
            self.scopes = outer;
            if let SetExpr::Values(values) = &*source.body {
                self.batch(BatchKind::MultiRowValues, Some(before_rows(values)), outermost);
            } else {
                self.tree.subqueries += 1;
            }
        }
        self.assignments(&insert.assignments, target.as_deref());
        let mut on_conflict = insert.ignore || insert.or.is_some() || insert.replace_into;
        if let Some(on) = &insert.on {
            on_conflict = true;
            match on {
                OnInsert::DuplicateKeyUpdate(assignments) => self.assignments(assignments, target.as_deref()),
                OnInsert::OnConflict(conflict) => {
                    if let OnConflictAction::DoUpdate(update) = &conflict.action {
                        self.assignments(&update.assignments, target.as_deref());
                        if let Some(selection) = &update.selection {
                            self.filter(selection, false);
                        }
                    }
                }
                _ => {}
            }
        }
        self.tree.on_conflict |= outermost && on_conflict;
        self.returning(insert.returning.as_deref(), outermost);
        self.scopes.pop();
    }

    pub(super) fn update(&mut self, update: &Update, outermost: bool) {
        self.note(update.update_token.0.span.start.column, "UPDATE");
        self.scopes.push(Scope::default());
        let target = if update.table.joins.is_empty() {
            let target = self.only_target(&update.table.relation);
            self.writes(target.clone(), outermost);
            target
        } else {
            self.table_with_joins(&update.table, outermost);
            let targets = update.assignments.iter().map(|assignment| self.assigned_table(assignment)).collect();
            self.writes_among(targets, outermost)
        };
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) = &update.from {
            self.all(tables, outermost);
        }
        self.assignments(&update.assignments, target.as_ref().map(|table| table.name.as_str()));
        self.rows(update.selection.as_ref(), &update.order_by, update.limit.as_ref(), outermost);
        self.returning(update.returning.as_deref(), outermost);
        self.scopes.pop();
    }

    pub(super) fn delete(&mut self, delete: &Delete, outermost: bool) {
        self.note(delete.delete_token.0.span.start.column, "DELETE");
        self.scopes.push(Scope::default());
        self.deleted(delete, outermost);
        self.rows(delete.selection.as_ref(), &delete.order_by, delete.limit.as_ref(), outermost);
        self.returning(delete.returning.as_deref(), outermost);
        self.scopes.pop();
    }

    /// Notes the tables that a `DELETE` reads and those that it deletes from.
    fn deleted(&mut self, delete: &Delete, outermost: bool) {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let using = delete.using.as_deref().unwrap_or_default();
        let of_mysql = self.canonical.dialect.may_be(Dialect::MySql);
        match (delete.tables.as_slice(), tables.as_slice()) {
            // MySQL's `DELETE FROM a, b USING …` names what it deletes from among the tables that it reads.
            ([], tables) if of_mysql && names_of(tables).all(|name| reads(using, name)) => {
                self.all(using, outermost);
                let targets = names_of(tables).map(|name| self.seen_as(name?)).collect();
                self.writes_among(targets, outermost);
            }
            ([], [table]) if table.joins.is_empty() => {
                let target = self.only_target(&table.relation);
                self.writes(target, outermost);
                self.all(using, outermost);
            }
            ([], tables) => {
                self.all(tables, outermost);
                self.all(using, outermost);
                self.writes(None, outermost);
            }
            // MySQL's `DELETE a, b FROM …` does too.
            (names, tables) => {
                self.all(tables, outermost);
                self.all(using, outermost);
                let targets = names.iter().map(|name| self.seen_as(name)).collect();
                self.writes_among(targets, outermost);
            }
        }
    }

    fn all(&mut self, tables: &[TableWithJoins], outermost: bool) {
        for table in tables {
            self.table_with_joins(table, outermost);
        }
    }

    pub(super) fn merge(&mut self, merge: &Merge, outermost: bool) {
        self.note(merge.merge_token.0.span.start.column, "MERGE");
        self.scopes.push(Scope::default());
        let target = self.only_target(&merge.table);
        self.writes(target, outermost);
        self.table_factor(&merge.source, false);
        self.filter(&merge.on, false);
        self.scopes.pop();
    }

    /// Which rows are changed.
    fn rows(&mut self, selection: Option<&Expr>, order: &[OrderByExpr], limit: Option<&Expr>, outermost: bool) {
        if let Some(selection) = selection {
            self.tree.has_filter |= outermost;
            self.filter(selection, outermost);
        }
        for term in order {
            self.expression(&term.expr, Some(ColumnRole::Ordered));
        }
        if let Some(limit) = limit {
            self.tree.has_limit |= outermost;
            self.tree.limit_is_value |= outermost && matches!(limit, Expr::Value(_));
            self.mark(limit, BindRole::Limit);
        }
    }

    fn target(&mut self, name: &ObjectName, alias: Option<String>) -> Option<Table> {
        let table = table_of(name, alias)?;
        self.table(name, table.clone());
        Some(table)
    }

    /// The one table that a statement writes: never a common table expression, whatever its name.
    fn only_target(&mut self, factor: &TableFactor) -> Option<Table> {
        if let TableFactor::Table { name, alias, args: None, .. } = factor {
            return self.target(name, alias.as_ref().map(|alias| alias.name.value.clone()));
        }
        self.table_factor(factor, false);
        None
    }

    /// Notes the tables that a statement writes among those that it reads, if all are known; gives the table if it is one.
    fn writes_among(&mut self, targets: Vec<Option<Table>>, outermost: bool) -> Option<Table> {
        let targets: Vec<Table> = targets.into_iter().collect::<Option<_>>()?;
        let only = targets.first().filter(|first| targets.iter().all(|target| target == *first)).cloned();
        for target in targets {
            self.writes(Some(target), false);
        }
        if outermost {
            self.tree.write_target.clone_from(&only);
        }
        only
    }

    /// The table that a name means among those in sight.
    fn seen_as(&self, name: &ObjectName) -> Option<Table> {
        let named = table_of(name, None)?;
        let own = self.scopes.last()?.sources.iter().find(|source| source.visible == named.name)?.table.clone()?;
        self.tree
            .tables
            .iter()
            .find(|table| {
                table.name == own
                    && table.alias.as_ref().is_none_or(|alias| *alias == named.name)
                    && (named.schema.is_none() || named.schema == table.schema)
            })
            .cloned()
    }

    /// The table that an assignment names before its column.
    fn assigned_table(&self, assignment: &Assignment) -> Option<Table> {
        match &assignment.target {
            AssignmentTarget::ColumnName(name) => {
                let (_, qualifier) = name.0.split_last()?;
                self.seen_as(&ObjectName(qualifier.to_vec()))
            }
            AssignmentTarget::Tuple(_) => None,
        }
    }

    /// Notes a column that is written; the table is the one named before it, else the one that is written.
    fn written(&mut self, name: &ObjectName, target: Option<&str>) -> Option<ColumnRef> {
        let (ObjectNamePart::Identifier(column), qualifier) = name.0.split_last()? else { return None };
        if !is_named(column) {
            return None;
        }
        let table = if qualifier.is_empty() {
            target.map(str::to_owned)
        } else {
            self.seen_as(&ObjectName(qualifier.to_vec())).map(|table| table.name)
        };
        let column = ColumnRef { table, name: column.value.clone() };
        self.add_column(column.clone(), ColumnRole::Written);
        Some(column)
    }

    fn assignments(&mut self, assignments: &[Assignment], target: Option<&str>) {
        for assignment in assignments {
            let column = match &assignment.target {
                AssignmentTarget::ColumnName(name) => self.written(name, target),
                AssignmentTarget::Tuple(names) => {
                    for name in names {
                        self.written(name, target);
                    }
                    None
                }
            };
            if let Some(column) = column {
                self.mark(&assignment.value, BindRole::Assigned(column));
            }
            self.expression(&assignment.value, None);
        }
    }

    fn returning(&mut self, items: Option<&[SelectItem]>, outermost: bool) {
        let Some(items) = items else { return };
        self.tree.returns |= outermost;
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
                    self.expression(expression, Some(ColumnRole::Projected));
                }
                _ => {}
            }
        }
    }
}

/// The names of tables that have no alias and join nothing.
fn names_of(tables: &[TableWithJoins]) -> impl Iterator<Item = Option<&ObjectName>> {
    tables.iter().map(|table| match &table.relation {
        TableFactor::Table { name, alias: None, args: None, .. } if table.joins.is_empty() => Some(name),
        _ => None,
    })
}

/// Whether a name is that of a table which is read.
fn reads(tables: &[TableWithJoins], name: Option<&ObjectName>) -> bool {
    let Some(name) = name else { return false };
    let Some(last) = name.0.last().and_then(ObjectNamePart::as_ident) else { return false };
    let is = |factor: &TableFactor| match factor {
        // With its schema it is no alias.
        TableFactor::Table { name: table, .. } if name.0.len() > 1 => table == name,
        factor => visible(factor).is_some_and(|visible| visible.value == last.value),
    };
    let factors = tables
        .iter()
        .flat_map(|table| std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation)));
    factors.into_iter().any(is)
}

/// The name that the other parts of a statement know a table by.
fn visible(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } => Some(&alias.name),
        TableFactor::Table { name, .. } => name.0.last().and_then(ObjectNamePart::as_ident),
        _ => None,
    }
}

/// The places of the canonical text where the `VALUES` of some rows stands: `VALUES (` or `VALUES row (`.
fn before_rows(values: &Values) -> Range<usize> {
    let first = values.rows.first().map_or(0, |row| row.opening_token.0.span.start.column);
    let open = usize::try_from(first).unwrap_or(0).saturating_sub(1);
    open.saturating_sub("VALUES row ".len())..open
}
