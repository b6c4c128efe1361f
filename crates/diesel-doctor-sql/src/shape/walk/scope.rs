//! What names mean inside one query.

use sqlparser::ast::Ident;

use super::{Walker, is_named};
use crate::shape::ColumnRef;

/// The tables in sight of one query.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
}

/// A table, or what stands for one.
#[derive(Debug)]
pub(super) struct Source {
    /// The alias or the name.
    pub(super) visible: String,
    /// The table's own name; `None` for a subquery, a function or a common table expression.
    pub(super) table: Option<String>,
}

impl Walker<'_> {
    /// The column that a name of one or more parts names.
    pub(super) fn resolve(&self, parts: &[Ident]) -> Option<ColumnRef> {
        let (name, qualifiers) = parts.split_last().filter(|(name, _)| is_named(name))?;
        let table = match qualifiers.last() {
            Some(qualifier) => self
                .scopes
                .iter()
                .rev()
                .flat_map(|scope| &scope.sources)
                .find(|source| source.visible == qualifier.value)
                .and_then(|source| source.table.clone()),
            None => match self.scopes.as_slice() {
                // In a nested query a bare name may also belong to the outer one.
                [Scope { sources }] => match sources.as_slice() {
                    [source] => source.table.clone(),
                    _ => None,
                },
                _ => None,
            },
        };
        Some(ColumnRef { table, name: name.value.clone() })
    }
}
