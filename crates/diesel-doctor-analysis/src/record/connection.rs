//! What is known about a connection: its number, its name, its dialect, and its database.

use std::fmt;

use diesel_doctor_sql::Dialect;

use super::Database;

/// The number of a connection, unique in its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A connection, as reports show it. It never holds a password or a whole URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its number.
    pub id: ConnectionId,
    /// The name the program gave it, as in `conn.doctor("replica")`.
    pub name: Option<String>,
    /// Scheme, host and database of its URL, where its opening was observed.
    pub database: Option<Database>,
    /// The SQL dialect it speaks.
    pub dialect: Dialect,
    /// How it runs its queries.
    pub driver: Driver,
}

/// How a connection runs its queries. This decides what a duration includes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Driver {
    /// On the thread that asks, as Diesel's own connections do. Also when nothing is known about the connection.
    #[default]
    Blocking,
    /// In the task that asks, as async connections to a server do.
    Async,
    /// On a blocking thread, as a wrapper around a blocking connection does.
    Wrapped,
}

impl Driver {
    /// Explains what a duration includes, where that is not obvious.
    pub fn time_note(self) -> Option<&'static str> {
        match self {
            Self::Blocking => None,
            Self::Async => Some(
                "durations of async connections run from the call to the first response: with preparing and queueing, without the rows",
            ),
            Self::Wrapped => Some(
                "durations of wrapped connections are those on the blocking thread: with the rows, without the wait for the thread",
            ),
        }
    }
}

impl Connection {
    /// A connection of which only the number is known.
    pub const fn new(id: ConnectionId) -> Self {
        Self { id, name: None, database: None, dialect: Dialect::Unknown, driver: Driver::Blocking }
    }

    /// The name in reports: the program's name for it, else the database, else its number.
    pub fn label(&self) -> String {
        match (&self.name, &self.database) {
            (Some(name), _) => name.clone(),
            (None, Some(database)) => database.to_string(),
            (None, None) => format!("connection {}", self.id),
        }
    }

    /// Identifies the database: equal identities mean the same data, as far as can be told. A database in memory belongs to its
    /// connection alone.
    pub fn identity(&self) -> DatabaseIdentity<'_> {
        match (&self.database, &self.name) {
            (Some(database), _) if database.is_private() => DatabaseIdentity::Connection(self.id),
            (Some(database), _) => DatabaseIdentity::Database(database),
            (None, Some(name)) => DatabaseIdentity::Name(name),
            (None, None) => DatabaseIdentity::Connection(self.id),
        }
    }
}

/// Identifies a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseIdentity<'a> {
    /// A database with an address.
    Database(&'a Database),
    /// All connections to which the program gave this name.
    Name(&'a str),
    /// Only the connection itself is known.
    Connection(ConnectionId),
}
