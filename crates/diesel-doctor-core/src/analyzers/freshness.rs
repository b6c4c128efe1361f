//! Whether a read could have another answer than the same read before: what was written, rolled back or set in between.
//!
//! Whatever is not understood counts as a change of everything: a repetition is only called one when nothing speaks against it.

use std::collections::HashMap;
use std::rc::Rc;

use diesel_doctor_sql::{Fingerprint, Operation, Shape, Statement};

use crate::group::databases;
use crate::query::{QueryKind, QueryRecord, Trust};
use crate::snapshot::Snapshot;

/// Functions that answer differently each time, or do something.
const VOLATILE: [&str; 44] = [
    "changes",
    "clock_timestamp",
    "connection_id",
    "curdate",
    "currval",
    "curtime",
    "dblink",
    "found_rows",
    "gen_random_bytes",
    "gen_random_uuid",
    "get_lock",
    "getdate",
    "is_free_lock",
    "last_insert_id",
    "last_insert_rowid",
    "lastval",
    "nextval",
    "now",
    "pg_backend_pid",
    "pg_notify",
    "pg_sleep",
    "rand",
    "random",
    "randomblob",
    "release_lock",
    "row_count",
    "set_config",
    "setseed",
    "setval",
    "sleep",
    "statement_timestamp",
    "sysdate",
    "timeofday",
    "total_changes",
    "transaction_timestamp",
    "txid_current",
    "unix_timestamp",
    "uuid",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuid_short",
    "uuidv4",
    "uuidv7",
];

/// Families of them.
const VOLATILE_PREFIXES: [&str; 2] = ["pg_advisory_", "pg_try_advisory_"];

/// Those that are written without parentheses.
const PRESENT: [&str; 8] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

/// SQLite's functions of time: without a column they mean the present.
const SQLITE_TIME: [&str; 5] = ["date", "time", "datetime", "julianday", "unixepoch"];

/// What the queries up to some point may have changed.
#[derive(Debug)]
pub(super) struct Freshness<'a> {
    snapshot: &'a Snapshot,
    databases: Vec<u32>,
    /// By statement.
    kinds: Vec<Rc<Kind<'a>>>,
    /// The number of the query seen last, from 1.
    now: u32,
    /// When a table of a database was last written.
    written: HashMap<(u32, &'a str), u32>,
    /// When everything in a database may have changed.
    all_written: HashMap<u32, u32>,
    /// When anything in a database was last written.
    any_written: HashMap<u32, u32>,
    /// What was set on each connection.
    sessions: Vec<u64>,
}

/// What a statement means for the reads around it.
#[derive(Debug)]
enum Kind<'a> {
    /// Its answer depends on these tables.
    Read(Vec<&'a str>),
    /// Its answer depends on tables that are not known.
    ReadUnknown,
    /// Its answer is another one each time, or it must be asked again.
    Volatile,
    /// It changes this table.
    Write(&'a str),
    /// It may change anything.
    WriteAny,
    /// It sets something on its connection.
    Set,
    /// It changes nothing.
    Nothing,
}

impl<'a> Freshness<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut known: HashMap<Fingerprint, Rc<Kind<'a>>> = HashMap::new();
        let mut kind = |statement: &'a Statement| {
            Rc::clone(known.entry(statement.fingerprint()).or_insert_with(|| Rc::new(Kind::of(statement))))
        };
        Self {
            snapshot,
            databases: databases(snapshot),
            kinds: snapshot.statements.iter().map(&mut kind).collect(),
            now: 0,
            written: HashMap::new(),
            all_written: HashMap::new(),
            any_written: HashMap::new(),
            sessions: vec![0; snapshot.connections.len()],
        }
    }

    /// Takes note of the next query.
    pub(super) fn see(&mut self, query: &QueryRecord) {
        self.now += 1;
        let (database, now) = (self.database(query), self.now);
        if matches!(query.kind, QueryKind::Ping | QueryKind::TypeLookup) {
            return;
        }
        match *Rc::clone(self.kind(query)) {
            // It counts even where it failed or nobody saw its end: what it left behind is not known.
            Kind::Write(table) => {
                self.written.insert((database, table), now);
                self.any_written.insert(database, now);
            }
            Kind::WriteAny => {
                self.all_written.insert(database, now);
                self.any_written.insert(database, now);
            }
            Kind::Set => {
                let setting =
                    self.snapshot.statement(query).fingerprint().as_u64() ^ self.snapshot.argument_identity(query);
                if let Some(session) = self.sessions.get_mut(query.connection.0 as usize) {
                    *session = (session.rotate_left(7) ^ setting).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                }
            }
            Kind::Read(_) | Kind::ReadUnknown | Kind::Volatile | Kind::Nothing => {}
        }
    }

    /// Whether asking again gives the same answer as long as nothing changes, and is known to be the same question.
    pub(super) fn is_repeatable(&self, query: &QueryRecord) -> bool {
        query.binds.trust() == Trust::Exact && matches!(**self.kind(query), Kind::Read(_) | Kind::ReadUnknown)
    }

    /// Whether the answer to `query`, the one seen last, may differ from what it was at the query of this index.
    pub(super) fn has_changed_since(&self, query: &QueryRecord, index: u32) -> bool {
        let (database, then) = (self.database(query), index + 1);
        let changed = |at: Option<&u32>| at.is_some_and(|&at| at > then);
        if changed(self.all_written.get(&database)) {
            return true;
        }
        let any = changed(self.any_written.get(&database));
        any && match &**self.kind(query) {
            Kind::Read(tables) => tables.iter().any(|&table| changed(self.written.get(&(database, table)))),
            _ => true,
        }
    }

    /// The number of the database that a query went to.
    pub(super) fn database(&self, query: &QueryRecord) -> u32 {
        self.databases.get(query.connection.0 as usize).copied().unwrap_or(0)
    }

    /// What was set on the connection of a query: equal numbers mean the same settings in the same order.
    pub(super) fn session(&self, query: &QueryRecord) -> u64 {
        self.sessions.get(query.connection.0 as usize).copied().unwrap_or(0)
    }

    fn kind(&self, query: &QueryRecord) -> &Rc<Kind<'a>> {
        &self.kinds[query.statement.0 as usize]
    }
}

impl<'a> Kind<'a> {
    fn of(statement: &'a Statement) -> Self {
        let operation = statement.operation();
        match operation {
            Operation::Select => Self::of_select(statement),
            Operation::Insert | Operation::Replace | Operation::Update | Operation::Delete => {
                statement.shape().and_then(Shape::write_target).map_or(Self::WriteAny, |table| Self::Write(&table.name))
            }
            // A rollback brings back what was there before.
            Operation::Rollback | Operation::RollbackTo => Self::WriteAny,
            Operation::Begin | Operation::Commit | Operation::Savepoint | Operation::Release => Self::Nothing,
            Operation::Show | Operation::Explain | Operation::Notify | Operation::Prepare | Operation::Lock => {
                Self::Nothing
            }
            Operation::Set | Operation::Pragma => Self::Set,
            _ => Self::WriteAny,
        }
    }

    fn of_select(statement: &'a Statement) -> Self {
        let shape = statement.shape();
        if let Some(table) = shape.and_then(Shape::write_target) {
            return Self::Write(&table.name);
        }
        let normalized = statement.normalized();
        let words = || normalized.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        if shape.is_none()
            && words().any(|word| matches!(word, "INSERT" | "UPDATE" | "DELETE" | "MERGE"))
            && !normalized.contains("FOR UPDATE")
        {
            return Self::WriteAny;
        }
        let locks =
            shape.map_or_else(|| normalized.contains(" FOR ") || normalized.contains("LOCK IN"), Shape::locking);
        let present = |word: &str| PRESENT.iter().any(|name| name.eq_ignore_ascii_case(word));
        if locks || words().any(present) || calls(normalized).any(is_volatile) {
            return Self::Volatile;
        }
        shape.map_or(Self::ReadUnknown, |shape| {
            Self::Read(shape.tables().iter().map(|table| table.name.as_str()).collect())
        })
    }
}

/// The functions that a text calls, each with what follows the parenthesis.
fn calls(normalized: &str) -> impl Iterator<Item = (&str, &str)> {
    normalized.match_indices('(').filter_map(|(at, _)| {
        let before = normalized.get(..at)?.trim_end();
        let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        Some((name, normalized.get(at + 1..)?)).filter(|(name, _)| !name.is_empty())
    })
}

fn is_volatile((name, arguments): (&str, &str)) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    let starts = |prefix: &&str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    VOLATILE.iter().any(is)
        || VOLATILE_PREFIXES.iter().any(starts)
        || (SQLITE_TIME.iter().any(is) && (arguments.starts_with('?') || arguments.starts_with(')')))
        || (is(&"strftime") && (arguments.starts_with("?)") || arguments.starts_with("?, ?")))
}
