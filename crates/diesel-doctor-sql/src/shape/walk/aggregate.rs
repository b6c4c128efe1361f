//! Queries that compute one row from all rows.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Query, Select, SelectItem, Visit, Visitor};

use super::expression::{arguments, function_name};
use crate::Dialect;

/// Whether a select list without groups gives one row at most: an aggregate is in it, and nothing that makes rows.
pub(super) fn is_single_row(select: &Select, dialect: Dialect) -> bool {
    let mut calls = Calls { dialect, depth: 0, aggregates: false };
    let makes_rows = select.projection.iter().any(|item| match item {
        SelectItem::UnnamedExpr(expression)
        | SelectItem::ExprWithAlias { expr: expression, .. }
        | SelectItem::ExprWithAliases { expr: expression, .. } => expression.visit(&mut calls).is_break(),
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => false,
    });
    calls.aggregates && !makes_rows
}

/// Looks for aggregates, not over a window and not in a query of their own, and ends at a function that makes rows.
struct Calls {
    dialect: Dialect,
    /// How many queries the visitor is inside of.
    depth: u32,
    aggregates: bool,
}

impl Visitor for Calls {
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
        if let Expr::Function(function) = expression
            && self.depth == 0
        {
            if SET_RETURNING.contains(&function_name(function)) {
                return ControlFlow::Break(());
            }
            self.aggregates |= is_aggregate(function, self.dialect);
        }
        ControlFlow::Continue(())
    }
}

fn is_aggregate(function: &Function, dialect: Dialect) -> bool {
    let name = function_name(function);
    function.over.is_none()
        && match name {
            // MySQL's gives a value for each row.
            "any_value" => dialect == Dialect::PostgreSql,
            // SQLite's of several arguments compare these.
            "min" | "max" => arguments(function).len() == 1,
            _ => AGGREGATES.contains(&name),
        }
}

/// The aggregates of the three databases that are so with any arguments.
const AGGREGATES: [&str; 33] = [
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

/// Functions of PostgreSQL that give many rows for one.
const SET_RETURNING: [&str; 16] = [
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];
