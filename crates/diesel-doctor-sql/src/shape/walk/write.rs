//! Writes: `INSERT`, `UPDATE`, `DELETE`, `MERGE`.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, FromTable, Insert, Merge, ObjectName, ObjectNamePart, OnConflictAction,
    OnInsert, SelectItem, SetExpr, TableFactor, TableObject, Update, UpdateTableFromKind,
};

use super::expression::value_of;
use super::scope::Scope;
use super::{Walker, table_of};
use crate::shape::{BatchKind, BindRole, ColumnRef, ColumnRole, Table};

impl Walker<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) {
        let verb = if insert.replace_into { "REPLACE" } else { "INSERT" };
        self.note(insert.insert_token.0.span.start.column, verb);
        self.scopes.push(Scope::default());
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
        if let TableObject::TableName(name) = &insert.table {
            self.target(name, alias);
        }
        for column in &insert.columns {
            self.written(column);
        }
        if let Some(source) = &insert.source {
            let outer = std::mem::take(&mut self.scopes);
            self.query(source, false);
            self.scopes = outer;
            if let SetExpr::Values(values) = &*source.body {
                let first = values.rows.iter().flat_map(|row| &row.content).find_map(value_of);
                self.batch(BatchKind::MultiRowValues, first, true);
            } else {
                self.tree.subqueries += 1;
            }
        }
        self.assignments(&insert.assignments);
        if let Some(on) = &insert.on {
            self.tree.on_conflict = true;
            match on {
                OnInsert::DuplicateKeyUpdate(assignments) => self.assignments(assignments),
                OnInsert::OnConflict(conflict) => {
                    if let OnConflictAction::DoUpdate(update) = &conflict.action {
                        self.assignments(&update.assignments);
                        if let Some(selection) = &update.selection {
                            self.filter(selection, false);
                        }
                    }
                }
                _ => {}
            }
        }
        self.tree.on_conflict |= insert.ignore || insert.or.is_some() || insert.replace_into;
        self.returning(insert.returning.as_deref());
        self.scopes.pop();
    }

    pub(super) fn update(&mut self, update: &Update) {
        self.note(update.update_token.0.span.start.column, "UPDATE");
        self.scopes.push(Scope::default());
        self.table_with_joins(&update.table);
        self.tree.write_target = Self::named(&update.table.relation);
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) = &update.from {
            for table in tables {
                self.table_with_joins(table);
            }
        }
        self.assignments(&update.assignments);
        if let Some(selection) = &update.selection {
            self.tree.has_filter = true;
            self.filter(selection, true);
        }
        for term in &update.order_by {
            self.expression(&term.expr, Some(ColumnRole::Ordered));
        }
        if let Some(limit) = &update.limit {
            self.tree.has_limit = true;
            self.mark(limit, BindRole::Limit);
        }
        self.returning(update.returning.as_deref());
        self.scopes.pop();
    }

    pub(super) fn delete(&mut self, delete: &Delete) {
        self.note(delete.delete_token.0.span.start.column, "DELETE");
        self.scopes.push(Scope::default());
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        for table in tables {
            self.table_with_joins(table);
        }
        self.tree.write_target = tables.first().and_then(|table| Self::named(&table.relation));
        if let Some(using) = &delete.using {
            for table in using {
                self.table_with_joins(table);
            }
        }
        if let Some(selection) = &delete.selection {
            self.tree.has_filter = true;
            self.filter(selection, true);
        }
        for term in &delete.order_by {
            self.expression(&term.expr, Some(ColumnRole::Ordered));
        }
        if let Some(limit) = &delete.limit {
            self.tree.has_limit = true;
            self.mark(limit, BindRole::Limit);
        }
        self.returning(delete.returning.as_deref());
        self.scopes.pop();
    }

    pub(super) fn merge(&mut self, merge: &Merge) {
        self.note(merge.merge_token.0.span.start.column, "MERGE");
        self.scopes.push(Scope::default());
        self.table_factor(&merge.table);
        self.tree.write_target = Self::named(&merge.table);
        self.table_factor(&merge.source);
        self.filter(&merge.on, false);
        self.scopes.pop();
    }

    fn target(&mut self, name: &ObjectName, alias: Option<String>) {
        let Some(table) = table_of(name, alias) else { return };
        self.see(table.alias.clone().unwrap_or_else(|| table.name.clone()), Some(table.name.clone()));
        let at = name.0.first().and_then(ObjectNamePart::as_ident).map_or(0, |name| name.span.start.column);
        self.note(at, &table.to_string());
        self.tree.write_target = Some(table.clone());
        self.add_table(table);
    }

    fn named(factor: &TableFactor) -> Option<Table> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                table_of(name, alias.as_ref().map(|alias| alias.name.value.clone()))
            }
            _ => None,
        }
    }

    fn written(&mut self, name: &ObjectName) -> Option<ColumnRef> {
        let Some(ObjectNamePart::Identifier(name)) = name.0.last() else { return None };
        let table = self.tree.write_target.as_ref().map(|table| table.name.clone());
        let column = ColumnRef { table, name: name.value.clone() };
        self.add_column(column.clone(), ColumnRole::Written);
        Some(column)
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            let column = match &assignment.target {
                AssignmentTarget::ColumnName(name) => self.written(name),
                AssignmentTarget::Tuple(names) => {
                    for name in names {
                        self.written(name);
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

    fn returning(&mut self, items: Option<&[SelectItem]>) {
        let Some(items) = items else { return };
        self.tree.returns = true;
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
