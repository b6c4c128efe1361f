//! What names mean inside one query.

use sqlparser::ast::{Expr, Ident};

use super::names::{is_named, is_variable};
use super::parts::{parts_of, unnested};
use super::scope::Source;
use super::walker::Walker;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::shape::column::{ColumnRef, ColumnRole};

/// How two columns that are compared stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    /// They are of one table.
    Same,
    /// They are of two tables.
    Join,
    /// The statement does not say.
    Unknown,
}

impl Walker<'_> {
    /// The column that a name of one or more parts names.
    pub(super) fn resolve(&self, parts: &[Ident]) -> Option<ColumnRef> {
        let (name, qualifiers) = parts.split_last().filter(|_| self.names_column(parts))?;
        let table = self.source(qualifiers).and_then(|(_, source)| source.table.clone());
        let column = ColumnRef { table, name: name.value.clone() };
        match self.scopes.last() {
            Some(scope) if qualifiers.is_empty() => scope.alias_or(column),
            _ => Some(column),
        }
    }

    /// Whether a table in sight is known to have a column: the select list reads it.
    pub(super) fn selects(&self, name: &str) -> bool {
        let in_sight = |table: &String| self.sources().any(|(_, source)| source.table.as_ref() == Some(table));
        self.tree.columns.iter().any(|used| {
            used.role == ColumnRole::Projected
                && used.column.name == name
                && used.column.table.as_ref().is_some_and(in_sight)
        })
    }

    /// How the columns of two expressions stand to each other.
    pub(super) fn pair(&self, left: &Expr, right: &Expr) -> Pair {
        let place = |column| self.source_of(column).map(|(place, _)| place);
        match (place(left), place(right)) {
            (Some(left), Some(right)) if left == right => Pair::Same,
            (Some(_), Some(_)) => Pair::Join,
            _ if self.sources().nth(1).is_some() => Pair::Unknown,
            _ => Pair::Same,
        }
    }

    /// Whether a column is of the table that is written, but of other rows: the table is read a second time.
    pub(super) fn is_beside_target(&self, column: &Expr) -> bool {
        let (Expr::CompoundIdentifier(_), Some(target)) = (unnested(column), &self.tree.write_target) else {
            return false;
        };
        self.source_of(column).is_some_and(|(_, source)| {
            source.table.as_ref() == Some(&target.name)
                && source.visible != *target.alias.as_ref().unwrap_or(&target.name)
        })
    }

    /// Whether a bare name is that of a table in sight: in PostgreSQL it may stand for the whole row.
    pub(super) fn names_row(&self, name: &Ident) -> bool {
        self.canonical.dialect.may_be(Dialect::PostgreSql)
            && self.sources().any(|(_, source)| source.visible == name.value)
    }

    /// The source that a column is of and its place.
    fn source_of(&self, column: &Expr) -> Option<((usize, usize), &Source)> {
        parts_of(unnested(column)).split_last().and_then(|(_, qualifiers)| self.source(qualifiers))
    }

    /// The source that qualifiers name and its place; without any the only one, as in a nested query a bare name may also belong to the outer one.
    pub(super) fn source(&self, qualifiers: &[Ident]) -> Option<((usize, usize), &Source)> {
        let mut sources = self.sources();
        match qualifiers {
            [] => sources.next().filter(|_| sources.next().is_none()),
            [before @ .., visible] => sources.find(|(_, source)| {
                let mut pairs = before.iter().rev().zip(&source.qualifiers);
                source.visible == visible.value && pairs.all(|(qualifier, known)| qualifier.value == *known)
            }),
        }
    }

    /// All sources in sight with their places, the innermost query's first.
    fn sources(&self) -> impl Iterator<Item = ((usize, usize), &Source)> {
        let scopes = self.scopes.iter().enumerate().rev();
        scopes
            .flat_map(|(depth, scope)| scope.sources.iter().enumerate().map(move |(at, source)| ((depth, at), source)))
    }

    /// Whether a name is neither a value that the parser took for one, nor a variable, nor what is called without parentheses.
    fn names_column(&self, parts: &[Ident]) -> bool {
        match parts {
            [] => false,
            [name] => is_named(name) && !is_variable(name) && !self.is_word(name),
            [first, .., name] => is_named(name) && !is_variable(first),
        }
    }

    /// Whether an identifier is a function without parentheses or `DEFAULT`.
    fn is_word(&self, identifier: &Ident) -> bool {
        let dialect = self.canonical.dialect;
        let is_schema = dialect.may_be(Dialect::PostgreSql) && identifier.value.eq_ignore_ascii_case("current_schema");
        let is_known = |word: Keyword| word == Keyword::Default || word.is_function_in(dialect);
        !self.is_quoted(identifier) && (is_schema || Keyword::of(identifier.value.as_bytes()).is_some_and(is_known))
    }

    /// Whether an identifier has quotes in the canonical text: the parser gets more of them.
    pub(super) fn is_quoted(&self, identifier: &Ident) -> bool {
        let at = usize::try_from(identifier.span.start.column).unwrap_or(0).checked_sub(1);
        let first = at.and_then(|at| self.canonical.text.as_bytes().get(at));
        matches!(first, Some(b'"' | b'`'))
    }
}
