//! The frozen list of words that can be keywords.
//!
//! It is our own, because a parser's list grows with each release and would move fingerprints. Few of these words are reserved in all
//! databases: whether one is a keyword where it stands, or a plain name, is for the normalizer to say. Any other word is lower-cased, which
//! is right for a name and for a keyword alike.

use crate::Dialect;

macro_rules! keywords {
    ($($variant:ident = $text:literal,)*) => {
        /// A keyword.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Keyword { $($variant,)* }

        impl Keyword {
            /// The keyword in upper case.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Keyword::$variant => $text,)* }
            }
        }

        const KEYWORDS: &[(&[u8], Keyword)] = &[$(($text.as_bytes(), Keyword::$variant),)*];
    };
}

keywords! {
    All = "ALL",
    Alter = "ALTER",
    Analyze = "ANALYZE",
    And = "AND",
    Any = "ANY",
    Array = "ARRAY",
    As = "AS",
    Asc = "ASC",
    Begin = "BEGIN",
    Between = "BETWEEN",
    By = "BY",
    Call = "CALL",
    Case = "CASE",
    Cast = "CAST",
    Check = "CHECK",
    Collate = "COLLATE",
    Commit = "COMMIT",
    Conflict = "CONFLICT",
    Constraint = "CONSTRAINT",
    Copy = "COPY",
    Create = "CREATE",
    Cross = "CROSS",
    Deallocate = "DEALLOCATE",
    Declare = "DECLARE",
    Default = "DEFAULT",
    Delete = "DELETE",
    Desc = "DESC",
    Distinct = "DISTINCT",
    Div = "DIV",
    Do = "DO",
    Drop = "DROP",
    Else = "ELSE",
    End = "END",
    Escape = "ESCAPE",
    Except = "EXCEPT",
    Execute = "EXECUTE",
    Exists = "EXISTS",
    Explain = "EXPLAIN",
    False = "FALSE",
    Fetch = "FETCH",
    Filter = "FILTER",
    For = "FOR",
    Foreign = "FOREIGN",
    From = "FROM",
    Full = "FULL",
    Glob = "GLOB",
    Grant = "GRANT",
    Group = "GROUP",
    Having = "HAVING",
    Ilike = "ILIKE",
    In = "IN",
    Inner = "INNER",
    Insert = "INSERT",
    Intersect = "INTERSECT",
    Interval = "INTERVAL",
    Into = "INTO",
    Is = "IS",
    Join = "JOIN",
    Lateral = "LATERAL",
    Left = "LEFT",
    Like = "LIKE",
    Limit = "LIMIT",
    Listen = "LISTEN",
    Lock = "LOCK",
    Match = "MATCH",
    Merge = "MERGE",
    Natural = "NATURAL",
    Not = "NOT",
    Nothing = "NOTHING",
    Notify = "NOTIFY",
    Null = "NULL",
    Nulls = "NULLS",
    Offset = "OFFSET",
    On = "ON",
    Only = "ONLY",
    Or = "OR",
    Order = "ORDER",
    Outer = "OUTER",
    Over = "OVER",
    Partition = "PARTITION",
    Pragma = "PRAGMA",
    Prepare = "PREPARE",
    Primary = "PRIMARY",
    Recursive = "RECURSIVE",
    References = "REFERENCES",
    Regexp = "REGEXP",
    Release = "RELEASE",
    Replace = "REPLACE",
    Reset = "RESET",
    Returning = "RETURNING",
    Revoke = "REVOKE",
    Right = "RIGHT",
    Rlike = "RLIKE",
    Rollback = "ROLLBACK",
    Rows = "ROWS",
    Savepoint = "SAVEPOINT",
    Select = "SELECT",
    Set = "SET",
    Similar = "SIMILAR",
    Some = "SOME",
    Start = "START",
    Table = "TABLE",
    Then = "THEN",
    To = "TO",
    Transaction = "TRANSACTION",
    Trigger = "TRIGGER",
    True = "TRUE",
    Truncate = "TRUNCATE",
    Union = "UNION",
    Unique = "UNIQUE",
    Unlisten = "UNLISTEN",
    Update = "UPDATE",
    Using = "USING",
    Value = "VALUE",
    Values = "VALUES",
    View = "VIEW",
    When = "WHEN",
    Where = "WHERE",
    Window = "WINDOW",
    With = "WITH",
    Xor = "XOR",
    CurrentCatalog = "CURRENT_CATALOG",
    CurrentDate = "CURRENT_DATE",
    CurrentRole = "CURRENT_ROLE",
    CurrentTime = "CURRENT_TIME",
    CurrentTimestamp = "CURRENT_TIMESTAMP",
    CurrentUser = "CURRENT_USER",
    Localtime = "LOCALTIME",
    Localtimestamp = "LOCALTIMESTAMP",
    SessionUser = "SESSION_USER",
    SystemUser = "SYSTEM_USER",
    User = "USER",
    UtcDate = "UTC_DATE",
    UtcTime = "UTC_TIME",
    UtcTimestamp = "UTC_TIMESTAMP",
}

/// A power of two, so large that most places are free.
const PLACES: usize = 1024;

/// For each place the keyword that is looked for there, as its number from 1; where several share a place, the others stand behind it.
static TABLE: [u8; PLACES] = table();

#[expect(clippy::indexing_slicing, reason = "an index out of range would not compile")]
const fn table() -> [u8; PLACES] {
    let mut table = [0; PLACES];
    let mut number = 0;
    while number < KEYWORDS.len() {
        let mut place = place(KEYWORDS[number].0);
        while table[place] != 0 {
            place = (place + 1) % PLACES;
        }
        number += 1;
        table[place] = number as u8;
    }
    table
}

/// Where a word is looked for: its length, its first and its last letter decide, in any case.
const fn place(word: &[u8]) -> usize {
    /// Found by trying: with it hardly a keyword stands behind another, and few names meet one.
    const MIX: usize = 1849;
    let (Some(&first), Some(&last)) = (word.first(), word.last()) else { return 0 };
    let letters = (first as usize & 31) << 10 | (last as usize & 31) << 5 | (word.len() & 31);
    ((letters * MIX) >> 5) % PLACES
}

impl Keyword {
    /// The keyword that a word is, in any case of letters.
    pub(crate) fn of(word: &[u8]) -> Option<Self> {
        let mut place = place(word);
        loop {
            let number = TABLE.get(place).copied().unwrap_or(0);
            let (known, keyword) = *KEYWORDS.get(usize::from(number).checked_sub(1)?)?;
            if word.eq_ignore_ascii_case(known) {
                return Some(keyword);
            }
            place = (place + 1) % PLACES;
        }
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
