//! Expressions: the columns, values and queries in them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, Ident, ObjectNamePart, Query,
    TableFactor, Visit,
};

use super::outside::{Part, visit_outside};
use super::parts::{arguments, function_name, parts_of, unnested, value_of};
use super::walker::Walker;
use crate::Dialect;
use crate::shape::bind::BindRole;
use crate::shape::column::{ColumnRef, ColumnRole};

impl Walker<'_> {
    /// Walks everything in an expression; its columns get the role.
    pub(super) fn expression(&mut self, expression: &Expr, role: Option<ColumnRole>) {
        self.inside(expression, role);
    }

    /// Walks what may hold expressions; their columns get the role.
    pub(super) fn inside(&mut self, tree: &impl Visit, role: Option<ColumnRole>) {
        let mut inside = Inside { walker: self, role, no_columns: Vec::new() };
        let _: ControlFlow<()> = visit_outside(tree, |part| {
            match part {
                Part::Query(query) => inside.query(query),
                Part::Expression(expression) => inside.expression(expression),
                Part::Relation(_) => {}
            }
            ControlFlow::Continue(())
        });
    }

    /// A table function and the like: it has columns and queries, but names no table.
    pub(super) fn any_table_factor(&mut self, factor: &TableFactor) {
        self.inside(factor, None);
        let visible = alias_of(factor).map_or(String::new(), |alias| alias.value.clone());
        self.see(visible);
    }

    /// The column that an expression is, parentheses aside.
    pub(super) fn column(&self, expression: &Expr) -> Option<ColumnRef> {
        self.resolve(parts_of(unnested(expression)))
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

/// What a query calls something that is no table; a function without an alias has its own name.
fn alias_of(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Table { alias, name, .. } | TableFactor::Function { alias, name, .. } => match alias {
            Some(alias) => Some(&alias.name),
            None => name.0.last().and_then(ObjectNamePart::as_ident),
        },
        TableFactor::TableFunction { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::JsonTable { alias, .. }
        | TableFactor::OpenJsonTable { alias, .. }
        | TableFactor::XmlTable { alias, .. }
        | TableFactor::Derived { alias, .. }
        | TableFactor::NestedJoin { alias, .. } => alias.as_ref().map(|alias| &alias.name),
        _ => None,
    }
}

/// Notes what is in an expression, and leaves the queries in it to the walker.
struct Inside<'w, 'a> {
    walker: &'w mut Walker<'a>,
    role: Option<ColumnRole>,
    /// Where names stand that the parser takes for columns: units, names of arguments, fields.
    no_columns: Vec<u64>,
}

impl Inside<'_, '_> {
    /// Takes a name for no column when it comes.
    fn skip(&mut self, expression: &Expr) {
        self.no_columns.extend(parts_of(expression).first().map(|name| name.span.start.column));
    }

    /// Skips the names in a call: MySQL's `timestampdiff(SECOND, …)`, PostgreSQL's `f(name => …)`.
    fn skip_names(&mut self, function: &Function) {
        let arguments = arguments(function);
        let of_mysql = self.walker.canonical.dialect.may_be(Dialect::MySql);
        if of_mysql
            && matches!(function_name(function), "timestampdiff" | "timestampadd")
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(unit))) = arguments.first()
        {
            self.skip(unit);
        }
        for argument in arguments {
            if let FunctionArg::ExprNamed { name, .. } = argument {
                self.skip(name);
            }
        }
    }

    /// Skips the names in `(column).field`; those in `table.column[1]` are one column.
    fn access(&mut self, root: &Expr, chain: &[AccessExpr]) {
        let mut parts = parts_of(root).to_vec();
        let is_named = !parts.is_empty();
        self.skip(root);
        for access in chain {
            if let AccessExpr::Dot(field) = access {
                self.skip(field);
            }
        }
        let fields = chain.iter().map_while(|access| match access {
            AccessExpr::Dot(Expr::Identifier(name)) => Some(name.clone()),
            _ => None,
        });
        parts.extend(fields);
        if is_named {
            let column = self.walker.resolve(&parts);
            self.add(column);
        }
    }

    fn add(&mut self, column: Option<ColumnRef>) {
        if let (Some(role), Some(column)) = (self.role, column) {
            self.walker.add_column(column, role);
        }
    }

    fn is_column(&self, expression: &Expr) -> bool {
        let parts = parts_of(expression);
        let is_skipped = |name: &Ident| self.no_columns.contains(&name.span.start.column);
        parts.first().is_some_and(|first| !is_skipped(first) && (parts.len() > 1 || !self.walker.names_row(first)))
    }

    fn query(&mut self, query: &Query) {
        self.walker.tree.subqueries += 1;
        self.walker.query(query, false);
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Function(function) => self.skip_names(function),
            // `f(name := …)`
            Expr::BinaryOp { left, op: BinaryOperator::Assignment, .. } => self.skip(left),
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            _ => {}
        }
        if self.is_column(expression) {
            let column = self.walker.column(expression);
            self.add(column);
        }
    }
}
