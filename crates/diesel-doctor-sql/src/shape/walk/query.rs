//! Queries: their tables, columns, order and limit.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, ObjectNamePart, OrderByKind, Query, Select,
    SelectItem, SetExpr, TableFactor, TableWithJoins, Visit, Visitor,
};

use super::scope::{Scope, Source};
use super::{Walker, table_of};
use crate::shape::summary::named;
use crate::shape::{BindRole, ColumnRole};

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
                self.nested(&table.query);
                if !with.recursive {
                    self.expressions.push(table.alias.name.value.clone());
                }
            }
        }
        self.scopes.push(Scope::default());
        self.set_expression(&query.body, outermost);
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(terms) = &order.kind
        {
            for term in terms {
                self.expression(&term.expr, Some(ColumnRole::Ordered));
            }
        }
        self.limit(query, outermost);
        self.tree.locks |= !query.locks.is_empty();
        self.scopes.pop();
        self.expressions.truncate(expressions);
    }

    /// A query that sees none of the tables around it.
    fn nested(&mut self, query: &Query) {
        let outer = std::mem::take(&mut self.scopes);
        self.query(query, false);
        self.scopes = outer;
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
                    self.add_table(crate::shape::Table { schema, name: name.clone(), alias: None });
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
            let outer = std::mem::take(&mut self.scopes);
            self.scopes.push(Scope::default());
            self.set_expression(branch, false);
            self.scopes = outer;
        }
    }

    fn select(&mut self, select: &Select, outermost: bool) {
        self.note(select.select_token.0.span.start.column, "SELECT");
        for table in &select.from {
            self.table_with_joins(table);
        }
        let mut aggregates = false;
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
                    aggregates |= is_aggregate(expression);
                    self.expression(expression, Some(ColumnRole::Projected));
                }
                SelectItem::ExprWithAliases { expr, .. } => self.expression(expr, Some(ColumnRole::Projected)),
                SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => self.tree.star |= outermost,
            }
        }
        if let Some(selection) = &select.selection {
            self.filter(selection, outermost);
        }
        let mut groups = false;
        match &select.group_by {
            GroupByExpr::All(_) => groups = true,
            GroupByExpr::Expressions(terms, _) => {
                for term in terms {
                    groups = true;
                    self.expression(term, Some(ColumnRole::Grouped));
                }
            }
        }
        if let Some(having) = &select.having {
            self.filter(having, false);
        }
        for window in &select.named_window {
            self.named_window(window);
        }
        if outermost {
            self.tree.has_filter |= select.selection.is_some();
            self.tree.distinct |= select.distinct.is_some();
            self.tree.aggregates |= aggregates && !groups;
            // A filter on groups is a filter of its own.
            self.tree.other_filters |= select.having.is_some();
        }
    }

    pub(super) fn table_with_joins(&mut self, table: &TableWithJoins) {
        self.table_factor(&table.relation);
        for join in &table.joins {
            self.join(join);
        }
    }

    fn join(&mut self, join: &Join) {
        self.table_factor(&join.relation);
        let (JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::StraightJoin(constraint)) = &join.join_operator
        else {
            return;
        };
        match constraint {
            JoinConstraint::On(condition) => self.filter(condition, false),
            JoinConstraint::Using(columns) => {
                for column in columns {
                    if let Some(ObjectNamePart::Identifier(name)) = column.0.last() {
                        let column = crate::shape::ColumnRef { table: None, name: name.value.clone() };
                        self.add_column(column, ColumnRole::Joined);
                    }
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    pub(super) fn table_factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let alias = alias.as_ref().map(|alias| alias.name.value.clone());
                let Some(table) = table_of(name, alias) else { return };
                let visible = table.alias.clone().unwrap_or_else(|| table.name.clone());
                let is_expression = table.schema.is_none() && self.expressions.contains(&table.name);
                let own = (!is_expression).then(|| table.name.clone());
                self.see(visible, own);
                if !is_expression {
                    let at = name.0.first().and_then(|part| part.as_ident()).map_or(0, |name| name.span.start.column);
                    self.note(at, &named(&table));
                    self.add_table(table);
                }
            }
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                self.tree.subqueries += 1;
                if *lateral {
                    self.query(subquery, false);
                } else {
                    self.nested(subquery);
                }
                if let Some(alias) = alias {
                    self.see(alias.name.value.clone(), None);
                } else {
                    self.see(String::new(), None);
                }
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.table_with_joins(table_with_joins),
            other => self.any_table_factor(other),
        }
    }

    pub(super) fn see(&mut self, visible: String, table: Option<String>) {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.sources.push(Source { visible, table });
        }
    }
}

/// Whether an expression computes an aggregate, not over a window and not in a query of its own.
fn is_aggregate(expression: &Expr) -> bool {
    expression.visit(&mut Aggregates { depth: 0 }).is_break()
}

/// Looks for an aggregate.
struct Aggregates {
    /// How many queries the visitor is inside of.
    depth: u32,
}

impl Visitor for Aggregates {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(function)
                if self.depth == 0
                    && function.over.is_none()
                    && function
                        .name
                        .0
                        .last()
                        .and_then(ObjectNamePart::as_ident)
                        .is_some_and(|name| AGGREGATES.contains(&name.value.as_str())) =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The aggregates of the three databases. SQLite's `min` and `max` of several arguments are none, and are taken for one.
const AGGREGATES: [&str; 36] = [
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "every",
    "group_concat",
    "json_agg",
    "json_arrayagg",
    "json_group_array",
    "json_group_object",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "total",
    "var_pop",
    "var_samp",
    "variance",
];
