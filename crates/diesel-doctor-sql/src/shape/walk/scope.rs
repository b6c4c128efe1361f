//! What is in sight of one query.

use crate::shape::column::ColumnRef;

/// The tables in sight of one query.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    /// What the select list calls its items.
    pub(super) aliases: Vec<Alias>,
    /// What they mean in the clause that is walked.
    pub(super) seen: Aliases,
}

/// What the aliases of the select list mean in a clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Aliases {
    /// Nothing.
    #[default]
    Unseen,
    /// An item, unless there is a column of that name.
    BehindColumns,
    /// An item, also where there is a column of that name.
    Seen,
}

/// A table, or what stands for one.
#[derive(Debug)]
pub(super) struct Source {
    /// The alias or the name.
    pub(super) visible: String,
    /// The schema and the catalog, where the table is named by them and has no alias.
    pub(super) qualifiers: Vec<String>,
    /// The table's own name; `None` for a subquery, a function or a common table expression.
    pub(super) table: Option<String>,
}

/// A name that the select list gives an item.
#[derive(Debug)]
pub(super) struct Alias {
    pub(super) name: String,
    /// The column, where the item is nothing else.
    pub(super) column: Option<ColumnRef>,
    /// Whether a column of that name is selected, too: then there is one.
    pub(super) hides_column: bool,
}

impl Scope {
    /// The column that a bare name means: itself or an alias of itself; nothing where it may be either.
    pub(super) fn alias_or(&self, column: ColumnRef) -> Option<ColumnRef> {
        let Some(alias) = self.alias(&column.name).filter(|alias| match self.seen {
            Aliases::Unseen => false,
            Aliases::BehindColumns => !alias.hides_column,
            Aliases::Seen => true,
        }) else {
            return Some(column);
        };
        let aliased = alias.column.as_ref().filter(|aliased| aliased.name == column.name)?;
        Some(ColumnRef { table: column.table.filter(|table| aliased.table.as_ref() == Some(table)), ..column })
    }

    /// The item of the select list that a name is an alias of.
    pub(super) fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases.iter().find(|alias| alias.name == name)
    }
}
