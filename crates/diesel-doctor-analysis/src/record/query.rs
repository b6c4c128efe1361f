//! One query as the recorder saw it: the statement, the place, the duration and the outcome.
//!
//! Records hold no text and no bind value. They hold indices into the tables of their [`Snapshot`](crate::Snapshot), a keyed hash
//! of the binds, and a few small facts about them.

use std::time::Duration;

use super::Binds;

/// Index of a statement text in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId(u32);

/// Index of a call stack in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(u32);

/// Index of a connection in its [`Snapshot`](crate::Snapshot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionIndex(u32);

macro_rules! index {
    ($($name:ident),*) => {
        $(impl $name {
            /// The index of this number.
            #[inline]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The position in its table.
            #[inline]
            pub const fn get(self) -> usize {
                self.0 as usize
            }
        })*
    };
}

index!(StatementId, StackId, ConnectionIndex);

/// Why a query was made. Only [`QueryKind::User`] counts as a query of the program. The other kinds are round trips that are
/// counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryKind {
    /// A query that the program asked for.
    User,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE` and similar.
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
    /// The database refused it, or Diesel did before it got there. The class of the error is kept, never its text.
    Err(ErrorClass),
    /// It started and no end was seen: it was cancelled, never polled, or Diesel gave up before it reached the database.
    Unfinished,
}

/// The class of an error, as Diesel names it (`UniqueViolation`, `SerializationFailure`, …). Error texts hold values, so they are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorClass(&'static str);

impl ErrorClass {
    /// A class with this name. The name must be that of an enum's variant, never a message.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// One query of a scope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QueryRecord {
    /// The statement.
    pub statement: StatementId,
    /// Its binds.
    pub binds: Binds,
    /// When it started: the time since the scope was opened.
    pub started: Duration,
    /// How long it took, as Diesel reports it. What that includes differs by backend (see `docs/architecture.md`). Zero while
    /// unfinished.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was made.
    pub kind: QueryKind,
    /// The connection it ran on.
    pub connection: ConnectionIndex,
    /// How deep in transactions it ran: 0 outside any.
    pub transaction_depth: u32,
    /// The number of its transaction on the connection; 0 outside any. Equal numbers on one connection mean the same innermost
    /// transaction or savepoint. The innermost counts because the outermost may be one that a test puts around everything.
    pub transaction: u32,
    /// The call stack, where one was captured.
    pub stack: Option<StackId>,
}

impl QueryRecord {
    /// A query that has started, outside any transaction and without a call stack. It counts as unfinished.
    #[inline]
    pub fn new(statement: StatementId, binds: Binds, kind: QueryKind, connection: ConnectionIndex) -> Self {
        Self {
            statement,
            binds,
            started: Duration::ZERO,
            elapsed: Duration::ZERO,
            outcome: Outcome::Unfinished,
            kind,
            connection,
            transaction_depth: 0,
            transaction: 0,
            stack: None,
        }
    }

    /// Whether it is one of the program's own queries and the database answered it.
    pub fn is_answered_user_query(&self) -> bool {
        self.kind == QueryKind::User && self.outcome == Outcome::Ok
    }
}
