//! What a statement does, by its first words.

use std::fmt;

use crate::settings::behind_settings;

/// What a statement does. Known of every text, parsed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `SELECT`, `VALUES`, `TABLE`, with or without `WITH`.
    Select,
    /// `INSERT`.
    Insert,
    /// `REPLACE` of MySQL and SQLite.
    Replace,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// `TRUNCATE`.
    Truncate,
    /// `COPY`, `LOAD DATA`.
    Copy,
    /// `CALL`, `DO`, `EXECUTE`.
    Call,
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`, without a savepoint.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint,
    /// `RELEASE SAVEPOINT`.
    Release,
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo,
    /// `SET`, `RESET`, `USE`.
    Set,
    /// `SHOW`, `DESCRIBE`.
    Show,
    /// `PRAGMA`.
    Pragma,
    /// `CREATE`, `ALTER`, `DROP`, `COMMENT`, `RENAME`.
    Ddl,
    /// `GRANT`, `REVOKE`.
    Grant,
    /// `EXPLAIN`.
    Explain,
    /// `LOCK`, `UNLOCK`.
    Lock,
    /// `PREPARE`, `DEALLOCATE`.
    Prepare,
    /// `DECLARE`, `FETCH`, `MOVE`, `CLOSE`.
    Cursor,
    /// `LISTEN`, `NOTIFY`, `UNLISTEN`.
    Notify,
    /// `VACUUM`, `ANALYZE`, `REINDEX`, `CLUSTER`, `OPTIMIZE`, `REFRESH`, `ATTACH`, `DETACH`.
    Maintenance,
    /// Anything else, and nothing.
    Other,
}

impl Operation {
    /// The operation of a canonical text.
    pub(crate) fn of(canonical: &str) -> Self {
        let canonical = canonical.get(behind_settings(canonical)..).unwrap_or(canonical);
        let mut words = canonical.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let Some(first) = words.next() else { return Self::Other };
        let mut buffer = [0_u8; 10];
        let Some(upper) = buffer.get_mut(..first.len()) else { return Self::Other };
        for (to, from) in upper.iter_mut().zip(first.bytes()) {
            *to = from.to_ascii_uppercase();
        }
        match &*upper {
            b"SELECT" | b"VALUES" | b"TABLE" => Self::Select,
            b"WITH" => Self::after_with(canonical),
            b"INSERT" => Self::Insert,
            b"REPLACE" => Self::Replace,
            b"UPDATE" => Self::Update,
            b"DELETE" => Self::Delete,
            b"MERGE" => Self::Merge,
            b"TRUNCATE" => Self::Truncate,
            b"COPY" | b"LOAD" => Self::Copy,
            b"CALL" | b"DO" | b"EXECUTE" => Self::Call,
            b"BEGIN" => Self::Begin,
            b"START" if words.next().is_some_and(|word| word.eq_ignore_ascii_case("TRANSACTION")) => Self::Begin,
            b"COMMIT" | b"END" => Self::Commit,
            b"ROLLBACK"
                if canonical.split(';').next().is_some_and(|first| first.split(' ').any(|word| word == "TO")) =>
            {
                Self::RollbackTo
            }
            b"ROLLBACK" | b"ABORT" => Self::Rollback,
            b"SAVEPOINT" => Self::Savepoint,
            b"RELEASE" => Self::Release,
            b"SET" | b"RESET" | b"USE" | b"DISCARD" => Self::Set,
            b"SHOW" | b"DESCRIBE" | b"DESC" => Self::Show,
            b"PRAGMA" => Self::Pragma,
            b"CREATE" | b"ALTER" | b"DROP" | b"COMMENT" | b"RENAME" => Self::Ddl,
            b"GRANT" | b"REVOKE" => Self::Grant,
            b"EXPLAIN" => Self::Explain,
            b"LOCK" | b"UNLOCK" => Self::Lock,
            b"PREPARE" | b"DEALLOCATE" => Self::Prepare,
            b"DECLARE" | b"FETCH" | b"MOVE" | b"CLOSE" => Self::Cursor,
            b"LISTEN" | b"NOTIFY" | b"UNLISTEN" => Self::Notify,
            b"VACUUM" | b"ANALYZE" | b"REINDEX" | b"CLUSTER" | b"OPTIMIZE" | b"ATTACH" | b"DETACH" | b"REFRESH" => {
                Self::Maintenance
            }
            _ => Self::Other,
        }
    }

    /// The first verb outside the parentheses of the common table expressions.
    fn after_with(canonical: &str) -> Self {
        let mut quote = None;
        let words = canonical.trim_start_matches('(').split(|letter| {
            match (quote, letter) {
                (None, '"' | '`') => quote = Some(letter),
                (Some(open), letter) if open == letter => quote = None,
                _ => {}
            }
            quote.is_none() && letter == ' '
        });
        let mut depth = 0_usize;
        let mut before = "";
        for word in words {
            let verb = word.trim_start_matches('(');
            // In brackets stands what an AS announces, or, behind all of these, the statement.
            if depth == 0 && (verb == word || before.ends_with(')')) {
                match verb {
                    "SELECT" | "VALUES" | "TABLE" => return Self::Select,
                    "INSERT" => return Self::Insert,
                    "UPDATE" => return Self::Update,
                    "DELETE" => return Self::Delete,
                    "MERGE" => return Self::Merge,
                    "REPLACE" => return Self::Replace,
                    _ => {}
                }
            }
            for outside_of_quotes in word.split(['"', '`']).step_by(2) {
                let count = |bracket| outside_of_quotes.bytes().filter(|&byte| byte == bracket).count();
                depth = (depth + count(b'(')).saturating_sub(count(b')'));
            }
            before = word;
        }
        Self::Other
    }

    /// The operation as one upper-case word or two. Most are what OpenTelemetry's `db.operation.name` wants; those that are a class of
    /// statements (`DDL`, `MAINTENANCE`, `CURSOR`, `OTHER`) are names of ours.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Replace => "REPLACE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
            Self::Truncate => "TRUNCATE",
            Self::Copy => "COPY",
            Self::Call => "CALL",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Rollback => "ROLLBACK",
            Self::Savepoint => "SAVEPOINT",
            Self::Release => "RELEASE SAVEPOINT",
            Self::RollbackTo => "ROLLBACK TO SAVEPOINT",
            Self::Set => "SET",
            Self::Show => "SHOW",
            Self::Pragma => "PRAGMA",
            Self::Ddl => "DDL",
            Self::Grant => "GRANT",
            Self::Explain => "EXPLAIN",
            Self::Lock => "LOCK",
            Self::Prepare => "PREPARE",
            Self::Cursor => "CURSOR",
            Self::Notify => "NOTIFY",
            Self::Maintenance => "MAINTENANCE",
            Self::Other => "OTHER",
        }
    }

    /// Reads rows and, by its own verb, changes none.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Select | Self::Show | Self::Explain)
    }

    /// Changes rows.
    pub fn is_write(self) -> bool {
        matches!(
            self,
            Self::Insert | Self::Replace | Self::Update | Self::Delete | Self::Merge | Self::Truncate | Self::Copy
        )
    }

    /// Begins, ends or divides a transaction.
    pub fn is_transaction_control(self) -> bool {
        matches!(self, Self::Begin | Self::Commit | Self::Rollback | Self::Savepoint | Self::Release | Self::RollbackTo)
    }

    /// Prepares a connection or the schema, and touches no rows.
    pub fn is_setup(self) -> bool {
        matches!(
            self,
            Self::Set | Self::Pragma | Self::Ddl | Self::Grant | Self::Prepare | Self::Notify | Self::Maintenance
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
