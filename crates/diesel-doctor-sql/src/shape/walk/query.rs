//! Queries: their tables, columns, order and limit.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, ObjectNamePart,
    OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins,
};

use super::aggregate::is_single_row;
use super::names::{is_variable, place_of, table_of};
use super::parts::{parts_of, unnested};
use super::scope::{Alias, Aliases, Scope, Source};
use super::walker::Walker;
use crate::Dialect;
use crate::shape::bind::BindRole;
use crate::shape::column::{ColumnRef, ColumnRole};
use crate::shape::summary::named;
use crate::shape::table::Table;

impl Walker<'_> {
    /// Walks a query; `outermost` is the one whose rows the statement gives.
    pub(super) fn query(&mut self, query: &Query, outermost: bool) {
        let expressions = self.expressions.len();
        if let Some(with) = &query.with {
            if with.recursive {
                self.expressions.extend(with.cte_tables.iter().map(|table| table.alias.name.value.clone()));
            }
            for table in &with.cte_tables {
                self.tree.subqueries += 1;
                self.query(&table.query, false);
                if !with.recursive {
                    self.expressions.push(table.alias.name.value.clone());
                }
            }
        }
        self.scopes.push(Scope::default());
        self.set_expression(&query.body, outermost);
        if !matches!(&*query.body, SetExpr::Select(_)) {
            // The order is that of its rows, whose columns are of no table.
            self.see(String::new());
        }
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(terms) = &order.kind
        {
            for term in terms {
                self.order(&term.expr);
            }
        }
        self.limit(query, outermost);
        self.tree.locks |= !query.locks.is_empty();
        self.scopes.pop();
        self.expressions.truncate(expressions);
    }

    /// A query that does not see the tables beside it.
    fn beside(&mut self, query: &Query) {
        let scope = self.scopes.pop();
        self.query(query, false);
        self.scopes.extend(scope);
    }

    /// A term of `ORDER BY`: an alias, or an expression.
    fn order(&mut self, term: &Expr) {
        let alias = match unnested(term) {
            Expr::Identifier(name) => self.scopes.last().and_then(|scope| scope.alias(&name.value)),
            _ => None,
        };
        if let Some(alias) = alias {
            if let Some(column) = alias.column.clone() {
                self.add_column(column, ColumnRole::Ordered);
            }
            return;
        }
        self.see_aliases(self.aliases_in_expressions());
        self.expression(term, Some(ColumnRole::Ordered));
    }

    fn limit(&mut self, query: &Query, outermost: bool) {
        let (limit, offset) = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
            None => (None, None),
        };
        let fetch = query.fetch.as_ref();
        for limit in limit.into_iter().chain(fetch.and_then(|fetch| fetch.quantity.as_ref())) {
            self.mark(limit, BindRole::Limit);
            self.expression(limit, None);
        }
        if let Some(offset) = offset {
            self.mark(offset, BindRole::Offset);
            self.expression(offset, None);
        }
        if outermost {
            self.tree.has_limit |= limit.is_some() || fetch.is_some();
            self.tree.limit_is_value = limit.is_some_and(|limit| matches!(limit, Expr::Value(_)));
            self.tree.has_offset |= offset.is_some();
        }
    }

    fn set_expression(&mut self, body: &SetExpr, outermost: bool) {
        match body {
            SetExpr::Select(select) => self.select(select, outermost),
            SetExpr::Query(query) => self.query(query, outermost),
            SetExpr::SetOperation { .. } => self.combination(body),
            SetExpr::Values(values) => {
                for row in &values.rows {
                    for cell in &row.content {
                        self.expression(cell, None);
                        self.mark_all(cell, &BindRole::Cell);
                    }
                }
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                // It has a scope of its own.
                let outer = std::mem::take(&mut self.scopes);
                self.write(statement, outermost);
                self.scopes = outer;
            }
            SetExpr::Table(table) => {
                if let Some(name) = &table.table_name {
                    let schema = table.schema_name.clone();
                    // Its place is not known.
                    self.note(u64::MAX, "SELECT");
                    self.note(u64::MAX, name);
                    self.add_table(Table { catalog: None, schema, name: name.clone(), alias: None });
                }
            }
        }
    }

    /// `UNION` and the like: a tree that leans to the left, so walked by a loop.
    fn combination(&mut self, body: &SetExpr) {
        let mut branches = Vec::new();
        let mut rest = body;
        while let SetExpr::SetOperation { left, right, .. } = rest {
            branches.push(&**right);
            rest = left;
        }
        branches.push(rest);
        for branch in branches.into_iter().rev() {
            self.scopes.push(Scope::default());
            self.set_expression(branch, false);
            self.scopes.pop();
        }
    }

    fn select(&mut self, select: &Select, outermost: bool) {
        self.note(select.select_token.0.span.start.column, "SELECT");
        self.target_of_into(select);
        for table in &select.from {
            self.table_with_joins(table, outermost);
        }
        for item in &select.projection {
            self.selected(item, outermost);
        }
        let dialect = self.canonical.dialect;
        if let Some(selection) = &select.selection {
            if dialect.may_be(Dialect::Sqlite) {
                self.see_aliases(Aliases::BehindColumns);
            }
            self.filter(selection, outermost);
        }
        self.see_aliases(Aliases::BehindColumns);
        let groups = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(terms, _) => {
                for term in terms {
                    self.expression(term, Some(ColumnRole::Grouped));
                }
                !terms.is_empty()
            }
        };
        if let Some(having) = &select.having {
            self.see_aliases(self.aliases_in_expressions());
            self.filter(having, false);
        }
        self.see_aliases(Aliases::Unseen);
        for window in &select.named_window {
            self.inside(window, None);
        }
        if outermost {
            self.tree.has_filter |= select.selection.is_some();
            self.tree.distinct |= matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_)));
            self.tree.aggregates |= !groups && is_single_row(select, dialect);
            // A filter on groups is a filter of its own.
            self.tree.other_filters |= select.having.is_some();
        }
    }

    /// Notes what an item of the select list reads and what it is called.
    fn selected(&mut self, item: &SelectItem, outermost: bool) {
        match item {
            SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAliases { expr: expression, .. } => {
                self.expression(expression, Some(ColumnRole::Projected));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                self.expression(expr, Some(ColumnRole::Projected));
                let name = alias.value.clone();
                let alias = Alias { column: self.column(expr), hides_column: self.selects(&name), name };
                if let Some(scope) = self.scopes.last_mut() {
                    scope.aliases.push(alias);
                }
            }
            SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => self.tree.star |= outermost,
        }
    }

    /// PostgreSQL's `SELECT … INTO t` writes a table; elsewhere variables stand there.
    fn target_of_into(&mut self, select: &Select) {
        if !self.canonical.dialect.may_be(Dialect::PostgreSql) {
            return;
        }
        let targets = select.into.as_ref().map(|into| into.targets.as_slice()).unwrap_or_default();
        let parts = match targets {
            [target] => parts_of(target),
            _ => return,
        };
        if parts.first().is_none_or(is_variable) {
            return;
        }
        let name = ObjectName(parts.iter().cloned().map(ObjectNamePart::Identifier).collect());
        if let Some(table) = table_of(&name, None) {
            self.note(place_of(&name), &named(&table));
            self.writes(Some(table.clone()), false);
            self.add_table(table);
        }
    }

    /// Says what the aliases of the select list mean in the clause that comes next.
    fn see_aliases(&mut self, seen: Aliases) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.seen = seen;
        }
    }

    /// What they mean in the expressions of `HAVING` and `ORDER BY`.
    fn aliases_in_expressions(&self) -> Aliases {
        if self.canonical.dialect == Dialect::PostgreSql { Aliases::Unseen } else { Aliases::Seen }
    }

    pub(super) fn table_with_joins(&mut self, table: &TableWithJoins, outermost: bool) {
        self.table_factor(&table.relation, outermost);
        for join in &table.joins {
            self.join(join, outermost);
        }
    }

    fn join(&mut self, join: &Join, outermost: bool) {
        use JoinOperator as Op;
        let is_inner =
            matches!(join.join_operator, Op::Join(_) | Op::Inner(_) | Op::CrossJoin(_) | Op::StraightJoin(_));
        self.table_factor(&join.relation, outermost && is_inner);
        let (Op::Join(constraint)
        | Op::Inner(constraint)
        | Op::Left(constraint)
        | Op::LeftOuter(constraint)
        | Op::Right(constraint)
        | Op::RightOuter(constraint)
        | Op::FullOuter(constraint)
        | Op::CrossJoin(constraint)
        | Op::StraightJoin(constraint)) = &join.join_operator
        else {
            return;
        };
        match constraint {
            JoinConstraint::On(condition) => {
                // In an inner join it filters like a `WHERE`.
                self.tree.other_filters |= outermost && is_inner && !self.only_joins(condition);
                self.filter(condition, false);
            }
            JoinConstraint::Using(columns) => {
                for column in columns {
                    if let Some(ObjectNamePart::Identifier(name)) = column.0.last() {
                        let column = ColumnRef { table: None, name: name.value.clone() };
                        self.add_column(column, ColumnRole::Joined);
                    }
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    /// Walks what a query reads from; `outermost` where its conditions filter the rows of the outermost query.
    pub(super) fn table_factor(&mut self, factor: &TableFactor, outermost: bool) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let alias = alias.as_ref().map(|alias| alias.name.value.clone());
                let Some(table) = table_of(name, alias).filter(|_| !self.is_dual(name)) else { return };
                if table.schema.is_none() && self.expressions.contains(&table.name) {
                    self.see(table.alias.unwrap_or(table.name));
                } else {
                    self.table(name, table);
                }
            }
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                self.tree.subqueries += 1;
                if *lateral {
                    self.query(subquery, false);
                } else {
                    self.beside(subquery);
                }
                let visible = alias.as_ref().map_or(String::new(), |alias| alias.name.value.clone());
                self.see(visible);
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.table_with_joins(table_with_joins, outermost),
            other => self.any_table_factor(other),
        }
    }

    /// Notes a table that is read or written.
    pub(super) fn table(&mut self, name: &ObjectName, table: Table) {
        let visible = table.alias.clone().unwrap_or_else(|| table.name.clone());
        let qualifiers = [&table.schema, &table.catalog].into_iter().flatten();
        let qualifiers = qualifiers.filter(|_| table.alias.is_none()).cloned().collect();
        self.bring(Source { visible, qualifiers, table: Some(table.name.clone()) });
        self.note(place_of(name), &named(&table));
        self.add_table(table);
    }

    /// Whether a name is MySQL's `FROM dual`, which is no table.
    fn is_dual(&self, name: &ObjectName) -> bool {
        self.canonical.dialect.may_be(Dialect::MySql)
            && matches!(name.0.as_slice(), [ObjectNamePart::Identifier(name)] if name.value == "dual" && !self.is_quoted(name))
    }

    /// Brings what is no table into sight.
    pub(super) fn see(&mut self, visible: String) {
        self.bring(Source { visible, qualifiers: Vec::new(), table: None });
    }

    fn bring(&mut self, source: Source) {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.sources.push(source);
        }
    }
}
