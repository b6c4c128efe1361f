//! What is known of a connection: its number, its name, its dialect, and which database it speaks to.

use std::fmt;

use diesel_doctor_sql::Dialect;

use super::Database;

/// A connection by its number, which is unique in its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection of this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A connection, as reports speak of it. Never holds a password or a whole URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its number.
    pub id: ConnectionId,
    /// The name the program gave it, as in `conn.doctor("replica")`.
    pub name: Option<String>,
    /// Scheme, host and database of its URL, where it was opened under our eyes.
    pub database: Option<Database>,
    /// What SQL it speaks.
    pub dialect: Dialect,
    /// How it runs its queries.
    pub driver: Driver,
}

/// How a connection runs its queries, which decides what a duration includes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Driver {
    /// On the thread that asks, as Diesel's own connections do, or nothing is known of it.
    #[default]
    Blocking,
    /// In the task that asks, as async connections to a server do.
    Async,
    /// On a blocking thread, as a wrapper around a blocking connection does.
    Wrapped,
}

impl Driver {
    /// What a duration includes, where that is not what one would think.
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
    /// A connection of which nothing else is known yet.
    pub const fn new(id: ConnectionId) -> Self {
        Self { id, name: None, database: None, dialect: Dialect::Unknown, driver: Driver::Blocking }
    }

    /// How a report names it: by the program's name, else by the database, else by its number.
    pub fn label(&self) -> String {
        match (&self.name, &self.database) {
            (Some(name), _) => name.clone(),
            (None, Some(database)) => database.to_string(),
            (None, None) => format!("connection {}", self.id),
        }
    }

    /// What tells two databases apart: equal identities mean the same data as far as can be told. A database in memory is its connection's own.
    pub fn identity(&self) -> DatabaseIdentity<'_> {
        match (&self.database, &self.name) {
            (Some(database), _) if database.is_private() => DatabaseIdentity::Connection(self.id),
            (Some(database), _) => DatabaseIdentity::Database(database),
            (None, Some(name)) => DatabaseIdentity::Name(name),
            (None, None) => DatabaseIdentity::Connection(self.id),
        }
    }
}

/// What tells two databases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseIdentity<'a> {
    /// A database with an address.
    Database(&'a Database),
    /// Connections that the program calls the same.
    Name(&'a str),
    /// Nothing is known but the connection itself.
    Connection(ConnectionId),
}
