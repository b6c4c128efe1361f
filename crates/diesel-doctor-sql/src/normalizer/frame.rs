//! An open bracket and what is known of its inside.

use super::previous::What;

/// Brackets nested deeper are written as they stand, and nothing in them is collapsed.
pub(super) const MAX_DEPTH: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// No bracket: the statement itself.
    Statement,
    InList,
    Row,
    Array,
    Subscript,
    Other,
}

/// An element of a list, or a row, that stays: others that read the same are folded into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The ordinal of its first value.
    pub(super) slot: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) role: Role,
    /// What stands before the bracket.
    pub(super) opened_by: What,
    /// Where the bracket stands in the canonical text.
    pub(super) open: usize,
    /// Where the inside starts.
    pub(super) content: usize,
    /// Where the current element starts, and the length of the text before its comma.
    pub(super) element: usize,
    pub(super) separator: usize,
    pub(super) element_slot: usize,
    pub(super) elements: u32,
    /// The elements that stay are those of the shared stack from here on.
    pub(super) seen: usize,
    /// The terms of an `ORDER BY` or `GROUP BY` are being read.
    pub(super) ordinals: bool,
    pub(super) limit: bool,
    /// Rows of `VALUES` are being read, with `rows` counting them.
    pub(super) in_values: bool,
    /// Where the `VALUES` stands.
    pub(super) values: usize,
    pub(super) rows: u32,
    pub(super) rows_seen: usize,
    /// Where the current branch of a `UNION ALL` starts, and the branch before it.
    pub(super) branch: usize,
    pub(super) branch_slot: usize,
    pub(super) previous_branch: Option<Element>,
    /// Where the last `UNION` stands.
    pub(super) combination: usize,
}

impl Frame {
    pub(super) fn new(role: Role, content: usize) -> Self {
        Self {
            role,
            opened_by: What::Start,
            open: content,
            content,
            element: content,
            separator: content,
            element_slot: 0,
            elements: 0,
            seen: 0,
            ordinals: false,
            limit: false,
            in_values: false,
            values: 0,
            rows: 0,
            rows_seen: 0,
            branch: content,
            branch_slot: 0,
            previous_branch: None,
            combination: content,
        }
    }
}
