//! Columns as a statement uses them.

use std::fmt;

/// A column that a statement names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ColumnRef {
    /// The table's own name, aliases resolved; `None` where the statement does not say which of several tables it is, or where it is of none.
    pub table: Option<String>,
    /// The name, without quotes.
    pub name: String,
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = &self.table {
            write!(f, "{table}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A column and what it is used for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ColumnUse {
    /// The column.
    pub column: ColumnRef,
    /// What for.
    pub role: ColumnRole,
}

/// What a statement uses a column for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnRole {
    /// Selected or returned.
    Projected,
    /// Compared with a value, or a column of the same table, by `=`, `IS NOT DISTINCT FROM` or `<=>`.
    FilteredEq,
    /// Compared with many values: `IN (…)`, `= ANY(…)`.
    FilteredIn,
    /// Compared by an order or an inequality, `BETWEEN`, `!=`, `NOT IN`, `= ALL(…)`.
    FilteredRange,
    /// Compared with a pattern: `LIKE`, `ILIKE`, regular expressions.
    FilteredPattern,
    /// Filtered after a function or an operator was applied to it.
    FilteredFunction,
    /// Tested for `NULL` or for being true.
    FilteredNull,
    /// Compared with a column of another table.
    Joined,
    /// In `ORDER BY`.
    Ordered,
    /// In `GROUP BY`.
    Grouped,
    /// Written by `INSERT` or `UPDATE`.
    Written,
}
