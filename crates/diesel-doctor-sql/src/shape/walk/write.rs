//! Writes: `INSERT`, `UPDATE`, `DELETE`, `MERGE`.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, Merge, ObjectName, ObjectNamePart, OnConflictAction,
    OnInsert, OrderByExpr, SelectItem, SetExpr, TableFactor, TableObject, Update, UpdateTableFromKind,
};

use super::expression::value_of;
use super::scope::Scope;
use super::{Walker, table_of};
use crate::shape::summary::named;
use crate::shape::{BatchKind, BindRole, ColumnRef, ColumnRole, Table};

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
                let first = values.rows.iter().flat_map(|row| &row.content).find_map(value_of);
                self.batch(BatchKind::MultiRowValues, first, outermost);
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
        self.table_with_joins(&update.table);
        let target = if update.table.joins.is_empty() {
            Self::table_of_factor(&update.table.relation)
        } else {
            self.assigned_table(&update.assignments)
        };
        self.writes(target.clone(), outermost);
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) = &update.from {
            for table in tables {
                self.table_with_joins(table);
            }
        }
        self.assignments(&update.assignments, target.as_ref().map(|table| table.name.as_str()));
        self.rows(update.selection.as_ref(), &update.order_by, update.limit.as_ref(), outermost);
        self.returning(update.returning.as_deref(), outermost);
        self.scopes.pop();
    }

    pub(super) fn delete(&mut self, delete: &Delete, outermost: bool) {
        self.note(delete.delete_token.0.span.start.column, "DELETE");
        self.scopes.push(Scope::default());
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        for table in tables {
            self.table_with_joins(table);
        }
        if let Some(using) = &delete.using {
            for table in using {
                self.table_with_joins(table);
            }
        }
        let target = match (delete.tables.as_slice(), tables.as_slice()) {
            ([], [table]) if table.joins.is_empty() => Self::table_of_factor(&table.relation),
            // MySQL names what it deletes from before the tables that it reads.
            ([name], _) => self.seen_as(name),
            _ => None,
        };
        self.writes(target, outermost);
        self.rows(delete.selection.as_ref(), &delete.order_by, delete.limit.as_ref(), outermost);
        self.returning(delete.returning.as_deref(), outermost);
        self.scopes.pop();
    }

    pub(super) fn merge(&mut self, merge: &Merge, outermost: bool) {
        self.note(merge.merge_token.0.span.start.column, "MERGE");
        self.scopes.push(Scope::default());
        self.table_factor(&merge.table);
        self.writes(Self::table_of_factor(&merge.table), outermost);
        self.table_factor(&merge.source);
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
            self.mark(limit, BindRole::Limit);
        }
    }

    fn target(&mut self, name: &ObjectName, alias: Option<String>) -> Option<Table> {
        let table = table_of(name, alias)?;
        self.see(table.alias.clone().unwrap_or_else(|| table.name.clone()), Some(table.name.clone()));
        let at = name.0.first().and_then(ObjectNamePart::as_ident).map_or(0, |name| name.span.start.column);
        self.note(at, &named(&table));
        self.add_table(table.clone());
        Some(table)
    }

    /// The table that a name means among those in sight.
    fn seen_as(&self, name: &ObjectName) -> Option<Table> {
        let named = table_of(name, None)?;
        let own = self.scopes.last()?.sources.iter().find(|source| source.visible == named.name)?.table.clone()?;
        self.tree
            .tables
            .iter()
            .find(|table| table.name == own && table.alias.as_ref().is_none_or(|alias| *alias == named.name))
            .cloned()
    }

    /// The one table that assignments name before their columns.
    fn assigned_table(&self, assignments: &[Assignment]) -> Option<Table> {
        let mut tables = assignments.iter().map(|assignment| match &assignment.target {
            AssignmentTarget::ColumnName(name) => {
                let (_, qualifier) = name.0.split_last()?;
                self.seen_as(&ObjectName(qualifier.to_vec()))
            }
            AssignmentTarget::Tuple(_) => None,
        });
        let first = tables.next()??;
        tables.all(|table| table.as_ref() == Some(&first)).then_some(first)
    }

    fn table_of_factor(factor: &TableFactor) -> Option<Table> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                table_of(name, alias.as_ref().map(|alias| alias.name.value.clone()))
            }
            _ => None,
        }
    }

    /// Notes a column that is written; the table is the one named before it, else the one that is written.
    fn written(&mut self, name: &ObjectName, target: Option<&str>) -> Option<ColumnRef> {
        let (ObjectNamePart::Identifier(column), qualifier) = name.0.split_last()? else { return None };
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
