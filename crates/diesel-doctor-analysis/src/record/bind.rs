//! What is kept of bind values: a keyed hash, and facts too small to be a value.

use std::ops::Range;

/// What is known about one bind value, without the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindFact {
    /// A hash of the value's `Debug` text, keyed for the process.
    hash: u64,
    /// What kind of value it looked like.
    shape: BindShape,
}

impl BindFact {
    /// A fact, with a keyed hash of the value's `Debug` text.
    #[inline]
    pub const fn new(hash: u64, shape: BindShape) -> Self {
        Self { hash, shape }
    }

    /// A hash that is equal for equal `Debug` texts, keyed for this process: it cannot be reversed or compared across processes.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// What kind of value it looked like.
    pub fn shape(&self) -> BindShape {
        self.shape
    }
}

/// What kind of value a bind looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindShape {
    /// A value about which nothing more is kept.
    Value,
    /// `NULL`.
    Null,
    /// A small whole number: kept, because `LIMIT 1` and `LIMIT 100` mean different things.
    Unsigned(u32),
    /// A list of so many elements, as in `= ANY($1)`.
    List(u32),
    /// A text that starts with `%` or `_`: a pattern no index serves.
    LeadingWildcard,
    /// The `Debug` text hides the value (`***`, `[REDACTED]`): two of them that look the same may differ.
    Opaque,
}

/// The binds of one query: their identity, and whether it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binds {
    identity: u64,
    trust: Trust,
    first_fact: u32,
    facts: u16,
}

/// What equal identities of binds say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Equal identities mean equal `Debug` texts of all binds.
    Exact,
    /// The text was cut, hidden by its type, or could not be had: equal identities prove nothing. Different ones still differ.
    Opaque,
}

impl Binds {
    /// The binds of one query. Their facts are `facts` of the [table of facts](super::Tables::bind_facts), from `first_fact` on.
    #[inline]
    pub const fn new(identity: u64, trust: Trust, first_fact: u32, facts: u16) -> Self {
        Self { identity, trust, first_fact, facts }
    }

    /// A keyed hash over all binds; different identities mean different binds.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// Where its facts stand in the table.
    pub fn facts(&self) -> Range<usize> {
        let first = self.first_fact as usize;
        first..first + usize::from(self.facts)
    }

    /// Whether equal identities mean equal binds.
    pub fn trust(&self) -> Trust {
        self.trust
    }
}
