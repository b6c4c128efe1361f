//! What is known of a connection: its number, its name, its dialect, and which database it speaks to.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel_doctor_sql::Dialect;

/// A connection of this process; unique while the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The next number.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
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
    pub(crate) fn time_note(self) -> Option<&'static str> {
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
    /// A connection of which nothing is known yet.
    pub fn unknown() -> Self {
        Self {
            id: ConnectionId::next(),
            name: None,
            database: None,
            dialect: Dialect::Unknown,
            driver: Driver::Blocking,
        }
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

/// The harmless part of a database URL: no user, no password, no parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    text: String,
    private: bool,
    dialect: Dialect,
}

impl Database {
    /// Reduces a URL, a libpq keyword string or a SQLite path. Whatever is not understood is left out.
    pub fn from_url(url: &str) -> Self {
        match url.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => Self::from_parts(scheme, rest),
            _ if is_keyword_string(url) => Self::from_keywords(url),
            _ => Self::from_path(url),
        }
    }

    fn from_parts(scheme: &str, rest: &str) -> Self {
        let scheme = scheme.to_ascii_lowercase();
        let dialect = match scheme.as_str() {
            "postgres" | "postgresql" => Dialect::PostgreSql,
            "mysql" | "mariadb" => Dialect::MySql,
            "file" | "sqlite" => return Self::from_path(rest),
            _ => Dialect::Unknown,
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        // A password may itself hold an `@` that was not escaped: everything up to the last one goes. It may hold a `/` too, and
        // then what looks like the database may be part of it: when the authority has no `@` but the rest has, nothing is shown.
        if database.contains('@') {
            return Self { text: format!("{scheme}://"), private: false, dialect };
        }
        let host = authority.rsplit('@').next().unwrap_or_default();
        let text =
            if database.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{database}") };
        Self { text, private: false, dialect }
    }

    fn from_keywords(text: &str) -> Self {
        let value = |key: &str| {
            text.split_ascii_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| *name == key)
                .map_or("", |(_, value)| value.trim_matches('\''))
        };
        let text = format!("postgresql://{}/{}", value("host"), value("dbname"));
        Self { text, private: false, dialect: Dialect::PostgreSql }
    }

    fn from_path(path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.strip_prefix("file:").unwrap_or(path);
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let in_memory = path.is_empty() || path == ":memory:" || query.contains("mode=memory");
        let private = in_memory && !query.contains("cache=shared");
        let text = if in_memory && (path.is_empty() || path == ":memory:") {
            "sqlite::memory:".to_owned()
        } else {
            format!("sqlite:{name}")
        };
        Self { text, private, dialect: Dialect::Sqlite }
    }

    /// Whether only one connection can see it.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// The dialect that the address implies.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Whether this is libpq's `key=value` form: a path may hold `=` too, so one of the keys that name a server must be there.
fn is_keyword_string(text: &str) -> bool {
    text.split_ascii_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, _)| matches!(key, "host" | "hostaddr" | "dbname" | "port" | "user" | "service"))
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, text: &str, dialect: Dialect, private: bool) {
        let database = Database::from_url(url);
        assert_eq!(
            (database.to_string().as_str(), database.dialect(), database.is_private()),
            (text, dialect, private),
            "{url}"
        );
    }

    #[test]
    fn urls_keep_scheme_host_and_database_only() {
        check(
            "postgres://ann:s3cret@db.local:5433/shop?sslmode=require",
            "postgres://db.local:5433/shop",
            Dialect::PostgreSql,
            false,
        );
        check("postgresql:///shop?host=/run", "postgresql:///shop", Dialect::PostgreSql, false);
        check("mysql://root:a@b@db/shop", "mysql://db/shop", Dialect::MySql, false);
        check("mysql://root:pa/ss@db/shop", "mysql://", Dialect::MySql, false);
        check(
            "host=db.local user=ann password=s3cret dbname=shop",
            "postgresql://db.local/shop",
            Dialect::PostgreSql,
            false,
        );
    }

    #[test]
    fn sqlite_paths_keep_the_file_name_only() {
        check("/home/ann/secret/shop.db", "sqlite:shop.db", Dialect::Sqlite, false);
        check(":memory:", "sqlite::memory:", Dialect::Sqlite, true);
        check("", "sqlite::memory:", Dialect::Sqlite, true);
        check("file:shop.db?mode=rwc", "sqlite:shop.db", Dialect::Sqlite, false);
        check("file:shared?mode=memory&cache=shared", "sqlite:shared", Dialect::Sqlite, false);
        check("sqlite://data/shop.db", "sqlite:shop.db", Dialect::Sqlite, false);
    }
}
