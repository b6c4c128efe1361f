//! The frozen list of words that can be keywords.
//!
//! It is our own, because a parser's list grows with each release and would move fingerprints. Few of these words are reserved in all
//! databases: whether one is a keyword where it stands, or a plain name, is for the normalizer to say. Any other word is lower-cased, which
//! is right for a name and for a keyword alike.

use crate::Dialect;

macro_rules! keywords {
    ($($variant:ident = $text:literal $bytes:literal,)*) => {
        /// A keyword.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Keyword { $($variant,)* }

        impl Keyword {
            /// The keyword in upper case.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Keyword::$variant => $text,)* }
            }

            fn of_upper(word: &[u8]) -> Option<Self> {
                match word { $($bytes => Some(Keyword::$variant),)* _ => None }
            }
        }
    };
}

keywords! {
    All = "ALL" b"ALL",
    Alter = "ALTER" b"ALTER",
    Analyze = "ANALYZE" b"ANALYZE",
    And = "AND" b"AND",
    Any = "ANY" b"ANY",
    Array = "ARRAY" b"ARRAY",
    As = "AS" b"AS",
    Asc = "ASC" b"ASC",
    Begin = "BEGIN" b"BEGIN",
    Between = "BETWEEN" b"BETWEEN",
    By = "BY" b"BY",
    Call = "CALL" b"CALL",
    Case = "CASE" b"CASE",
    Cast = "CAST" b"CAST",
    Check = "CHECK" b"CHECK",
    Collate = "COLLATE" b"COLLATE",
    Commit = "COMMIT" b"COMMIT",
    Conflict = "CONFLICT" b"CONFLICT",
    Constraint = "CONSTRAINT" b"CONSTRAINT",
    Copy = "COPY" b"COPY",
    Create = "CREATE" b"CREATE",
    Cross = "CROSS" b"CROSS",
    Deallocate = "DEALLOCATE" b"DEALLOCATE",
    Declare = "DECLARE" b"DECLARE",
    Default = "DEFAULT" b"DEFAULT",
    Delete = "DELETE" b"DELETE",
    Desc = "DESC" b"DESC",
    Distinct = "DISTINCT" b"DISTINCT",
    Div = "DIV" b"DIV",
    Do = "DO" b"DO",
    Drop = "DROP" b"DROP",
    Else = "ELSE" b"ELSE",
    End = "END" b"END",
    Escape = "ESCAPE" b"ESCAPE",
    Except = "EXCEPT" b"EXCEPT",
    Execute = "EXECUTE" b"EXECUTE",
    Exists = "EXISTS" b"EXISTS",
    Explain = "EXPLAIN" b"EXPLAIN",
    False = "FALSE" b"FALSE",
    Fetch = "FETCH" b"FETCH",
    Filter = "FILTER" b"FILTER",
    For = "FOR" b"FOR",
    Foreign = "FOREIGN" b"FOREIGN",
    From = "FROM" b"FROM",
    Full = "FULL" b"FULL",
    Glob = "GLOB" b"GLOB",
    Grant = "GRANT" b"GRANT",
    Group = "GROUP" b"GROUP",
    Having = "HAVING" b"HAVING",
    Ilike = "ILIKE" b"ILIKE",
    In = "IN" b"IN",
    Inner = "INNER" b"INNER",
    Insert = "INSERT" b"INSERT",
    Intersect = "INTERSECT" b"INTERSECT",
    Interval = "INTERVAL" b"INTERVAL",
    Into = "INTO" b"INTO",
    Is = "IS" b"IS",
    Join = "JOIN" b"JOIN",
    Lateral = "LATERAL" b"LATERAL",
    Left = "LEFT" b"LEFT",
    Like = "LIKE" b"LIKE",
    Limit = "LIMIT" b"LIMIT",
    Listen = "LISTEN" b"LISTEN",
    Lock = "LOCK" b"LOCK",
    Match = "MATCH" b"MATCH",
    Merge = "MERGE" b"MERGE",
    Natural = "NATURAL" b"NATURAL",
    Not = "NOT" b"NOT",
    Nothing = "NOTHING" b"NOTHING",
    Notify = "NOTIFY" b"NOTIFY",
    Null = "NULL" b"NULL",
    Nulls = "NULLS" b"NULLS",
    Offset = "OFFSET" b"OFFSET",
    On = "ON" b"ON",
    Only = "ONLY" b"ONLY",
    Or = "OR" b"OR",
    Order = "ORDER" b"ORDER",
    Outer = "OUTER" b"OUTER",
    Over = "OVER" b"OVER",
    Partition = "PARTITION" b"PARTITION",
    Pragma = "PRAGMA" b"PRAGMA",
    Prepare = "PREPARE" b"PREPARE",
    Primary = "PRIMARY" b"PRIMARY",
    Recursive = "RECURSIVE" b"RECURSIVE",
    References = "REFERENCES" b"REFERENCES",
    Regexp = "REGEXP" b"REGEXP",
    Release = "RELEASE" b"RELEASE",
    Replace = "REPLACE" b"REPLACE",
    Reset = "RESET" b"RESET",
    Returning = "RETURNING" b"RETURNING",
    Revoke = "REVOKE" b"REVOKE",
    Right = "RIGHT" b"RIGHT",
    Rlike = "RLIKE" b"RLIKE",
    Rollback = "ROLLBACK" b"ROLLBACK",
    Rows = "ROWS" b"ROWS",
    Savepoint = "SAVEPOINT" b"SAVEPOINT",
    Select = "SELECT" b"SELECT",
    Set = "SET" b"SET",
    Similar = "SIMILAR" b"SIMILAR",
    Some = "SOME" b"SOME",
    Start = "START" b"START",
    Table = "TABLE" b"TABLE",
    Then = "THEN" b"THEN",
    To = "TO" b"TO",
    Transaction = "TRANSACTION" b"TRANSACTION",
    Trigger = "TRIGGER" b"TRIGGER",
    True = "TRUE" b"TRUE",
    Truncate = "TRUNCATE" b"TRUNCATE",
    Union = "UNION" b"UNION",
    Unique = "UNIQUE" b"UNIQUE",
    Unlisten = "UNLISTEN" b"UNLISTEN",
    Update = "UPDATE" b"UPDATE",
    Using = "USING" b"USING",
    Value = "VALUE" b"VALUE",
    Values = "VALUES" b"VALUES",
    View = "VIEW" b"VIEW",
    When = "WHEN" b"WHEN",
    Where = "WHERE" b"WHERE",
    Window = "WINDOW" b"WINDOW",
    With = "WITH" b"WITH",
    Xor = "XOR" b"XOR",
    CurrentCatalog = "CURRENT_CATALOG" b"CURRENT_CATALOG",
    CurrentDate = "CURRENT_DATE" b"CURRENT_DATE",
    CurrentRole = "CURRENT_ROLE" b"CURRENT_ROLE",
    CurrentTime = "CURRENT_TIME" b"CURRENT_TIME",
    CurrentTimestamp = "CURRENT_TIMESTAMP" b"CURRENT_TIMESTAMP",
    CurrentUser = "CURRENT_USER" b"CURRENT_USER",
    Localtime = "LOCALTIME" b"LOCALTIME",
    Localtimestamp = "LOCALTIMESTAMP" b"LOCALTIMESTAMP",
    SessionUser = "SESSION_USER" b"SESSION_USER",
    SystemUser = "SYSTEM_USER" b"SYSTEM_USER",
    User = "USER" b"USER",
    UtcDate = "UTC_DATE" b"UTC_DATE",
    UtcTime = "UTC_TIME" b"UTC_TIME",
    UtcTimestamp = "UTC_TIMESTAMP" b"UTC_TIMESTAMP",
}

/// The length of the longest keyword.
const LONGEST: usize = 17;

impl Keyword {
    /// The keyword that a word is, in any case of letters.
    pub(crate) fn of(word: &[u8]) -> Option<Self> {
        let mut upper = [0; LONGEST];
        let upper = upper.get_mut(..word.len())?;
        for (to, from) in upper.iter_mut().zip(word) {
            *to = from.to_ascii_uppercase();
        }
        Self::of_upper(upper)
    }

    /// Whether a database calls a function by this word, without parentheses: in quotes it is a name, and another thing.
    pub(crate) fn is_function(self) -> bool {
        self.is_time() || self.is_postgres_function()
    }

    /// The same in one dialect.
    pub(crate) fn is_function_in(self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::PostgreSql | Dialect::Unknown => self.is_function(),
            Dialect::MySql => self.is_time() || self == Self::CurrentUser,
            Dialect::Sqlite => matches!(self, Self::CurrentDate | Self::CurrentTime | Self::CurrentTimestamp),
        }
    }

    fn is_time(self) -> bool {
        matches!(
            self,
            Self::CurrentDate
                | Self::CurrentTime
                | Self::CurrentTimestamp
                | Self::Localtime
                | Self::Localtimestamp
                | Self::UtcDate
                | Self::UtcTime
                | Self::UtcTimestamp
        )
    }

    fn is_postgres_function(self) -> bool {
        matches!(
            self,
            Self::CurrentCatalog
                | Self::CurrentRole
                | Self::CurrentUser
                | Self::SessionUser
                | Self::SystemUser
                | Self::User
        )
    }

    /// Whether this word is a keyword only at the start of a statement.
    pub(crate) fn starts_statements(self) -> bool {
        matches!(
            self,
            Self::Begin
                | Self::Call
                | Self::Commit
                | Self::Copy
                | Self::Deallocate
                | Self::Declare
                | Self::Execute
                | Self::Explain
                | Self::Listen
                | Self::Notify
                | Self::Pragma
                | Self::Prepare
                | Self::Release
                | Self::Reset
                | Self::Revoke
                | Self::Rollback
                | Self::Savepoint
                | Self::Start
                | Self::Truncate
                | Self::Unlisten
        )
    }

    /// Whether this word is a keyword only where no operand is wanted.
    pub(crate) fn follows_operands(self) -> bool {
        matches!(
            self,
            Self::Asc
                | Self::Between
                | Self::Cross
                | Self::Desc
                | Self::End
                | Self::Escape
                | Self::Except
                | Self::Fetch
                | Self::For
                | Self::Full
                | Self::Inner
                | Self::Intersect
                | Self::Left
                | Self::Natural
                | Self::Offset
                | Self::Outer
                | Self::Returning
                | Self::Right
                | Self::Union
                | Self::Window
        )
    }

    /// Whether a name or an expression stands behind this word.
    pub(crate) fn wants_operand(self) -> bool {
        matches!(
            self,
            Self::And
                | Self::As
                | Self::Between
                | Self::By
                | Self::Case
                | Self::Distinct
                | Self::Div
                | Self::Else
                | Self::Escape
                | Self::From
                | Self::Glob
                | Self::Having
                | Self::Ilike
                | Self::In
                | Self::Interval
                | Self::Into
                | Self::Join
                | Self::Lateral
                | Self::Like
                | Self::Limit
                | Self::Match
                | Self::Not
                | Self::Offset
                | Self::On
                | Self::Only
                | Self::Or
                | Self::Recursive
                | Self::Regexp
                | Self::Returning
                | Self::Rlike
                | Self::Select
                | Self::Set
                | Self::Table
                | Self::Then
                | Self::To
                | Self::Using
                | Self::When
                | Self::Where
                | Self::With
                | Self::Xor
        )
    }
}
