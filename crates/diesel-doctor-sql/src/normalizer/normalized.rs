//! What normalizing a text gives.

use std::ops::Range;

use super::binds::BindRun;

/// What normalizing a text gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Normalized {
    pub(crate) canonical: String,
    /// Where in the canonical text each `?` that is a value stands.
    pub(crate) slots: Vec<u32>,
    pub(crate) binds: Vec<BindRun>,
    /// Elements of each collapsed list, in order of appearance.
    pub(crate) lists: Vec<u32>,
    /// Where each of these lists starts in the canonical text.
    pub(crate) list_starts: Vec<u32>,
    /// A keyed hash of the literals in order.
    pub(crate) literals: Option<u64>,
    /// The value of the outermost `LIMIT` when it is a literal, [`UNLIMITED`](super::UNLIMITED) where it limits nothing.
    pub(crate) limit: Option<u64>,
    pub(crate) hints: Vec<Range<usize>>,
    /// Where in the text the literal keys stand that JSON is asked for.
    pub(crate) json_keys: Vec<Range<usize>>,
    /// There are comments in the text.
    pub(crate) commented: bool,
    /// A quote or comment never ended.
    pub(crate) broken: bool,
}
