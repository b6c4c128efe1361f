//! Classifies what a statement does to the reads around it: which tables it reads, and which it changes.

use diesel_doctor_sql::{Operation, Shape, Statement};

/// What a statement does to the reads around it.
#[derive(Debug)]
pub(super) enum Effect<'a> {
    /// It reads these tables, and its answer depends on nothing else.
    Read(Vec<&'a str>),
    /// It reads, but the tables are not known.
    ReadUnknown,
    /// Its answer differs each time, or it does something that must be repeated (locks a row, calls `sleep`).
    Volatile,
    /// It changes this table.
    Write(&'a str),
    /// It may change anything.
    WriteAny,
    /// It makes its transaction's writes visible to other connections.
    Commit,
    /// It changes a setting of its connection.
    Set,
    /// It changes nothing.
    Nothing,
}

impl<'a> Effect<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let operation = statement.operation();
        match operation {
            Operation::Select => Self::of_select(statement),
            Operation::Insert | Operation::Replace | Operation::Update | Operation::Delete => {
                statement.shape().and_then(Self::of_writes).unwrap_or(Self::WriteAny)
            }
            Operation::Commit => Self::Commit,
            Operation::Begin | Operation::Savepoint | Operation::Release => Self::Nothing,
            Operation::Show | Operation::Explain | Operation::Notify | Operation::Prepare | Operation::Lock => {
                Self::Nothing
            }
            Operation::Set | Operation::Pragma => Self::Set,
            // Rollbacks come here too: they bring back the old data.
            _ => Self::WriteAny,
        }
    }

    /// The effect of a statement that writes, also inside common table expressions.
    fn of_writes(shape: &'a Shape) -> Option<Self> {
        match shape.writes() {
            [] => None,
            [table] => Some(Self::Write(&table.name)),
            _ => Some(Self::WriteAny),
        }
    }

    fn of_select(statement: &'a Statement) -> Self {
        let shape = statement.shape();
        if let Some(write) = shape.and_then(Self::of_writes) {
            return write;
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

/// Functions that answer differently each time, or that have a side effect.
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

/// Prefixes of further such functions.
const VOLATILE_PREFIXES: [&str; 2] = ["pg_advisory_", "pg_try_advisory_"];

/// Such functions that are written without parentheses.
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

/// SQLite's functions of time. Without a column as argument they mean the present.
const SQLITE_TIME: [&str; 5] = ["date", "time", "datetime", "julianday", "unixepoch"];

/// The functions that a text calls, each with the text after its opening parenthesis.
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
