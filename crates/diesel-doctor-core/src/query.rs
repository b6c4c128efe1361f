//! One query as the recorder saw it: what ran, where, for how long, and how it ended.
//!
//! Records hold no text and no bind value: only indices into the tables of their [`Snapshot`](crate::Snapshot),
//! a keyed hash of the binds, and a few tiny facts about them.

use std::time::Duration;

/// Index of a statement text in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId(pub(crate) u32);

/// Index of a call stack in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(pub(crate) u32);

/// Index of a connection in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionIndex(pub(crate) u32);

/// Whose query it is. Only [`QueryKind::User`] counts as a query of the program; the others are round trips that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryKind {
    /// A query that the program asked for.
    User,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE` and their kin.
    Transaction,
    /// A pool's check that the connection is alive.
    Ping,
    /// Session settings, schema changes and migrations.
    Setup,
    /// Diesel's look-up of a custom PostgreSQL type, made while another query is prepared.
    TypeLookup,
}

/// How a query ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The database answered.
    Ok,
    /// The database, or Diesel on the way to it, refused: the class of the error, never its text.
    Err(ErrorClass),
    /// It started and no end was seen: cancelled, never polled, or given up by Diesel before it reached the database.
    Unfinished,
}

/// The class of an error, as Diesel names it (`UniqueViolation`, `SerializationFailure`, …). Error texts hold values, so they are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorClass(&'static str);

impl ErrorClass {
    /// Names a class. The name comes from an enum's variant, never from a message.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// What is known about one bind value, without the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindFact {
    /// A hash of the value's `Debug` text, keyed for the process.
    pub(crate) hash: u64,
    /// What kind of value it looked like.
    pub(crate) shape: BindShape,
}

impl BindFact {
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
    pub(crate) identity: u64,
    pub(crate) trust: Trust,
    pub(crate) first_fact: u32,
    pub(crate) facts: u16,
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
    /// A keyed hash over all binds; different identities mean different binds.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// Whether equal identities mean equal binds.
    pub fn trust(&self) -> Trust {
        self.trust
    }
}

/// One query of a scope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QueryRecord {
    /// What ran.
    pub statement: StatementId,
    /// Its binds.
    pub binds: Binds,
    /// When it started, since the scope was opened.
    pub started: Duration,
    /// How long it took as Diesel reports it: what that includes differs by backend (see `docs/architecture.md`). Zero while unfinished.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// Whose query it is.
    pub kind: QueryKind,
    /// The connection it ran on.
    pub connection: ConnectionIndex,
    /// How deep in transactions it ran: 0 outside any.
    pub transaction_depth: u32,
    /// Which transaction of the connection it ran in; 0 outside any. Equal numbers on one connection mean the same innermost transaction or
    /// savepoint: the outermost may be a test's, around all of them.
    pub transaction: u32,
    /// The call stack, where one was captured.
    pub stack: Option<StackId>,
}

impl QueryRecord {
    /// Whether it is one of the program's own queries and the database answered it.
    pub fn is_answered_user_query(&self) -> bool {
        self.kind == QueryKind::User && self.outcome == Outcome::Ok
    }
}
