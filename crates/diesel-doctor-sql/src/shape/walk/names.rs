//! Names as the parser gives them.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::shape::table::Table;

/// Whether an identifier is a name, and not a value that the parser took for one.
pub(super) fn is_named(identifier: &Ident) -> bool {
    identifier.quote_style != Some('\'')
}

/// The table that a name of one, two or three parts names.
pub(super) fn table_of(name: &ObjectName, alias: Option<String>) -> Option<Table> {
    let mut parts = name.0.iter().rev().map(|part| match part {
        ObjectNamePart::Identifier(identifier) if is_named(identifier) => Some(identifier.value.clone()),
        _ => None,
    });
    let name = parts.next().flatten()?;
    let schema = parts.next().flatten();
    Some(Table { catalog: parts.next().flatten(), schema, name, alias })
}

/// Where a name stands in the canonical text, as the parser counts.
pub(super) fn place_of(name: &ObjectName) -> u64 {
    name.0.first().and_then(ObjectNamePart::as_ident).map_or(0, |name| name.span.start.column)
}

/// Whether an identifier is a variable of MySQL.
pub(super) fn is_variable(identifier: &Ident) -> bool {
    identifier.quote_style.is_none() && identifier.value.starts_with('@')
}
