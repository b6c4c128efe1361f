//! What is kept of bind values: a keyed hash, and facts that are too small to reveal a value.

use std::ops::Range;

/// What is known about one bind value, without the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindFact {
    /// A hash of the value's `Debug` text, keyed for the process.
    hash: u64,
    /// The kind of value that its text looks like.
    shape: BindShape,
}

impl BindFact {
    /// A fact about a value, with a keyed hash of its `Debug` text.
    #[inline]
    pub const fn new(hash: u64, shape: BindShape) -> Self {
        Self { hash, shape }
    }

    /// A hash of the `Debug` text, keyed for this process. Equal texts have equal hashes; it cannot be reversed, nor compared
    /// across processes.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The kind of value that its text looks like.
    pub fn shape(&self) -> BindShape {
        self.shape
    }
}

/// The kind of value that a bind's text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindShape {
    /// A value about which nothing more is kept.
    Value,
    /// `NULL`.
    Null,
    /// A small whole number. It is kept because `LIMIT 1` and `LIMIT 100` mean different things.
    Unsigned(u32),
    /// A list with this many elements, as in `= ANY($1)`.
    List(u32),
    /// A text that starts with `%` or `_`: a pattern that no index can serve.
    LeadingWildcard,
    /// The `Debug` text hides the value (`***`, `[REDACTED]`): two values with the same text may differ.
    Opaque,
}

/// The binds of one query: a hash over all of them, and whether it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binds {
    identity: u64,
    trust: Trust,
    first_fact: u32,
    facts: u16,
}

/// What it means when two queries have equal bind identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Equal identities mean that all binds have equal `Debug` texts.
    Exact,
    /// The text was cut, hidden by its type, or not available. Equal identities prove nothing; different ones still mean different
    /// binds.
    Opaque,
}

impl Binds {
    /// The binds of one query. They have `facts` entries in the [table of facts](super::Tables::bind_facts), starting at
    /// `first_fact`.
    #[inline]
    pub const fn new(identity: u64, trust: Trust, first_fact: u32, facts: u16) -> Self {
        Self { identity, trust, first_fact, facts }
    }

    /// A keyed hash over all binds. Different identities mean different binds.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// The positions of its facts in the table.
    pub fn facts(&self) -> Range<usize> {
        let first = self.first_fact as usize;
        first..first + usize::from(self.facts)
    }

    /// Whether equal identities mean equal binds.
    pub fn trust(&self) -> Trust {
        self.trust
    }
}
