//! Queries that compute one row from all rows.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Select, SelectItem};

use super::outside::{Part, visit_outside};
use super::parts::{arguments, function_name};
use crate::Dialect;

/// Whether a select list without groups gives one row at most: an aggregate is in it, not over a window, and nothing that makes rows.
pub(super) fn is_single_row(select: &Select, dialect: Dialect) -> bool {
    let mut aggregates = false;
    let mut see = |part: Part<'_>| {
        if let Part::Expression(Expr::Function(function)) = part {
            if SET_RETURNING.contains(&function_name(function)) {
                return ControlFlow::Break(());
            }
            aggregates |= is_aggregate(function, dialect);
        }
        ControlFlow::Continue(())
    };
    let makes_rows = select.projection.iter().any(|item| match item {
        SelectItem::UnnamedExpr(expression)
        | SelectItem::ExprWithAlias { expr: expression, .. }
        | SelectItem::ExprWithAliases { expr: expression, .. } => visit_outside(expression, &mut see).is_break(),
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => false,
    });
    aggregates && !makes_rows
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
