//! What an expression is made of.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArguments, Ident, ObjectNamePart, Query, UnaryOperator, Value, ValueWithSpan,
    Visit, Visitor,
};

use super::names::is_variable;
use crate::shape::tokens::ordinal_of;

/// The parts of the name that an expression is; none where it is no name.
pub(super) fn parts_of(expression: &Expr) -> &[Ident] {
    match expression {
        Expr::Identifier(name) => std::slice::from_ref(name),
        Expr::CompoundIdentifier(parts) => parts,
        _ => &[],
    }
}

/// An expression without the parentheses around it.
pub(super) fn unnested(mut expression: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expression {
        expression = inner;
    }
    expression
}

/// The expression without brackets and casts around it.
pub(super) fn uncast(mut expression: &Expr) -> &Expr {
    while let Expr::Nested(inner) | Expr::Cast { expr: inner, .. } = expression {
        expression = inner;
    }
    expression
}

/// The ordinal of the value that an expression is, casts and signs aside.
pub(super) fn value_of(expression: &Expr) -> Option<usize> {
    let mut expression = expression;
    loop {
        expression = match expression {
            Expr::Nested(inner)
            | Expr::Cast { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::UnaryOp { op: UnaryOperator::Plus | UnaryOperator::Minus, expr: inner } => inner,
            Expr::Value(value) => return ordinal(&value.value),
            Expr::TypedString(typed) => return ordinal(&typed.value.value),
            Expr::Interval(interval) => &interval.value,
            _ => return None,
        }
    }
}

/// Whether an expression is a value, of the text or of a variable.
pub(super) fn is_value(expression: &Expr) -> bool {
    value_of(expression).is_some() || parts_of(unnested(expression)).first().is_some_and(is_variable)
}

/// Whether an expression is made of values of the text, without a column or a query.
pub(super) fn is_made_of_values(expression: &Expr) -> bool {
    let mut values = Values { found: false };
    expression.visit(&mut values).is_continue() && values.found
}

/// The name of a function in an expression, without what qualifies it.
pub(super) fn function_name(function: &Function) -> &str {
    function.name.0.last().and_then(ObjectNamePart::as_ident).map_or("", |name| name.value.as_str())
}

/// The arguments of a function.
pub(super) fn arguments(function: &Function) -> &[FunctionArg] {
    match &function.args {
        FunctionArguments::List(list) => &list.args,
        FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
    }
}

fn ordinal(value: &Value) -> Option<usize> {
    match value {
        Value::Placeholder(text) | Value::SingleQuotedString(text) => ordinal_of(text),
        _ => None,
    }
}

/// Looks for a value, and ends at a column or a query.
struct Values {
    found: bool,
}

impl Visitor for Values {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        self.found |= ordinal(&value.value).is_some();
        ControlFlow::Continue(())
    }
}
