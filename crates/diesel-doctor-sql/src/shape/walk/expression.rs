//! Expressions: the columns, values and queries in them.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, NamedWindowDefinition, Query, TableFactor, Value, Visit, Visitor};

use super::Walker;
use crate::shape::tokens::ordinal_of;
use crate::shape::{BindRole, ColumnRef, ColumnRole};

impl Walker<'_> {
    /// Walks everything in an expression; its columns get the role.
    pub(super) fn expression(&mut self, expression: &Expr, role: Option<ColumnRole>) {
        let _: ControlFlow<()> = expression.visit(&mut self.inside(role));
    }

    /// A visitor of what may hold expressions.
    pub(super) fn inside(&mut self, role: Option<ColumnRole>) -> impl Visitor<Break = ()> {
        Inside { walker: self, role, depth: 0 }
    }

    pub(super) fn named_window(&mut self, window: &NamedWindowDefinition) {
        let _: ControlFlow<()> = window.visit(&mut self.inside(None));
    }

    /// A table function and the like: it has columns and queries, but names no table.
    pub(super) fn any_table_factor(&mut self, factor: &TableFactor) {
        let _: ControlFlow<()> = factor.visit(&mut self.inside(None));
        self.see(String::new(), None);
    }

    /// The column that an expression is, parentheses aside.
    pub(super) fn column(&self, expression: &Expr) -> Option<ColumnRef> {
        match unnested(expression) {
            Expr::Identifier(name) => self.resolve(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(parts) => self.resolve(parts),
            _ => None,
        }
    }

    /// Says what the value that an expression is stands for; nothing where it is none.
    pub(super) fn mark(&mut self, expression: &Expr, role: BindRole) {
        if let Some(ordinal) = value_of(expression) {
            self.set_slot(ordinal, role);
        }
    }

    /// Says what all values in an expression stand for, subqueries aside.
    pub(super) fn mark_all(&mut self, expression: &Expr, role: &BindRole) {
        match unnested(expression) {
            Expr::Tuple(parts) => parts.iter().for_each(|part| self.mark_all(part, role)),
            Expr::Array(array) => array.elem.iter().for_each(|part| self.mark_all(part, role)),
            other => self.mark(other, role.clone()),
        }
    }
}

/// An expression without the parentheses around it.
pub(super) fn unnested(mut expression: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expression {
        expression = inner;
    }
    expression
}

/// The ordinal of the value that an expression is, casts aside.
pub(super) fn value_of(expression: &Expr) -> Option<usize> {
    let mut expression = expression;
    loop {
        expression = match expression {
            Expr::Nested(inner)
            | Expr::Cast { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. } => inner,
            Expr::Value(value) => return ordinal(&value.value),
            Expr::TypedString(typed) => return ordinal(&typed.value.value),
            Expr::Interval(interval) => &interval.value,
            _ => return None,
        }
    }
}

fn ordinal(value: &Value) -> Option<usize> {
    match value {
        Value::Placeholder(text) | Value::SingleQuotedString(text) => ordinal_of(text),
        _ => None,
    }
}

/// Visits an expression, but leaves the queries in it to the walker.
struct Inside<'w, 'a> {
    walker: &'w mut Walker<'a>,
    role: Option<ColumnRole>,
    /// How many queries the visitor is inside of; all of them are the walker's.
    depth: u32,
}

impl Visitor for Inside<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.walker.tree.subqueries += 1;
            self.walker.query(query, false);
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if self.depth == 0
            && matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
            && let (Some(role), Some(column)) = (self.role, self.walker.column(expression))
        {
            self.walker.add_column(column, role);
        }
        ControlFlow::Continue(())
    }
}
