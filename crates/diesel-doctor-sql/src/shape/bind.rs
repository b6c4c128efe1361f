//! What binds stand for.

use super::column::ColumnRef;

/// What a bind stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BindRole {
    /// Compared with a column by `=`.
    Equals(ColumnRef),
    /// An element of an `IN` list.
    InList(ColumnRef),
    /// An array whose elements a column is compared with: `= ANY(?)`.
    AnyArray(ColumnRef),
    /// Compared with a column by an order or an inequality.
    Range(ColumnRef),
    /// A pattern for a column.
    Pattern(ColumnRef),
    /// Assigned to a column by `UPDATE`.
    Assigned(ColumnRef),
    /// A cell of a row of `VALUES`.
    Cell,
    /// The number of rows wanted.
    Limit,
    /// The number of rows skipped.
    Offset,
    /// Anything else.
    Other,
}

/// How a statement handles many keys or rows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Batch {
    /// By which construct.
    pub kind: BatchKind,
    /// How many elements or rows; `None` where a bind holds them, or where it is not certain.
    pub len: Option<u32>,
}

/// The construct that handles many keys or rows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchKind {
    /// `IN (…)`, also with one element.
    InList,
    /// `= ANY(…)`.
    AnyArray,
    /// `VALUES` with several rows.
    MultiRowValues,
}
