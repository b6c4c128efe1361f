//! Texts, and what is measured on them: this project's normalizer in its three layers, and its peers.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::LazyLock;

use diesel_doctor_sql::{Dialect, Statement};
use regex::Regex;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Tokenizer;

/// A text to measure on.
#[derive(Clone, Debug)]
pub struct Text {
    /// A short name.
    pub name: String,
    /// The statement; its table is called `users`.
    pub sql: String,
}

/// The texts: an ordinary query, and lists that grow tenfold.
pub fn texts() -> Vec<Text> {
    let text = |name: &str, sql: String| Text { name: name.to_owned(), sql };
    let mut texts = vec![
        text("point select", point_select()),
        text(
            "join",
            "SELECT \"users\".\"id\", \"users\".\"name\", \"posts\".\"title\" FROM (\"users\" INNER JOIN \"posts\" ON (\"posts\".\"user_id\" = \"users\".\"id\")) \
             WHERE ((\"users\".\"active\" = $1) AND (\"posts\".\"score\" > $2)) ORDER BY \"posts\".\"score\" DESC LIMIT $3 OFFSET $4"
                .to_owned(),
        ),
    ];
    texts.extend([10, 100, 1000].map(|elements| text(&format!("in list, {elements}"), in_list(elements))));
    texts.extend([10, 100, 1000].map(|rows| text(&format!("insert, {rows} rows"), insert(rows))));
    texts
}

fn point_select() -> String {
    let columns: Vec<String> = (0..20).map(|n| format!("\"users\".\"column{n}\"")).collect();
    format!("SELECT {} FROM \"users\" WHERE (\"users\".\"id\" = $1) LIMIT $2", columns.join(", "))
}

fn in_list(elements: usize) -> String {
    let binds: Vec<String> = (1..=elements).map(|n| format!("${n}")).collect();
    format!("SELECT \"id\", \"name\" FROM \"users\" WHERE (\"id\" IN ({}))", binds.join(", "))
}

fn insert(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|n| format!("(${}, ${}, DEFAULT)", 2 * n + 1, 2 * n + 2)).collect();
    format!("INSERT INTO \"users\" (\"name\", \"age\", \"active\") VALUES {}", rows.join(", "))
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Case {
    /// Only makes a text of a table that was not seen before; part of `NewStatement`.
    MakeText,
    /// Only adds a comment to the text; part of `NewText`.
    AddComment,
    /// Hashes the text: the floor of any cache by text.
    Hash,
    /// The statement of a text that this thread asked for before.
    Repeated,
    /// The statement of a text that was not seen before, though another one of its statement was.
    NewText,
    /// The statement and the shape of a text that is the first of its statement.
    NewStatement,
    /// `sqlparser`'s tokenizer.
    Tokenizer,
    /// `sqlparser`'s parser.
    Parser,
    /// Regular expressions for strings, numbers, placeholders and lists.
    Regex,
    /// `pg_query`'s fingerprint.
    #[cfg(feature = "pg_query")]
    PgFingerprint,
    /// `pg_query`'s normalizer.
    #[cfg(feature = "pg_query")]
    PgNormalize,
}

impl Case {
    /// All cases.
    pub const ALL: &'static [Self] = &[
        Self::MakeText,
        Self::AddComment,
        Self::Hash,
        Self::Repeated,
        Self::NewText,
        Self::NewStatement,
        Self::Tokenizer,
        Self::Parser,
        Self::Regex,
        #[cfg(feature = "pg_query")]
        Self::PgFingerprint,
        #[cfg(feature = "pg_query")]
        Self::PgNormalize,
    ];

    /// What it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::MakeText => "make text",
            Self::AddComment => "add comment",
            Self::Hash => "hash of the text",
            Self::Repeated => "repeated text",
            Self::NewText => "new text",
            Self::NewStatement => "new statement",
            Self::Tokenizer => "sqlparser tokenizer",
            Self::Parser => "sqlparser parser",
            Self::Regex => "regex",
            #[cfg(feature = "pg_query")]
            Self::PgFingerprint => "pg_query fingerprint",
            #[cfg(feature = "pg_query")]
            Self::PgNormalize => "pg_query normalize",
        }
    }

    /// What of its cost is making the text, and none of its own.
    pub fn preparation(self) -> Option<Self> {
        match self {
            Self::NewText => Some(Self::AddComment),
            Self::NewStatement => Some(Self::MakeText),
            _ => None,
        }
    }

    /// Does it once; `round` is another number each time.
    ///
    /// # Panics
    ///
    /// When a statement has no shape: then nothing worth measuring was done.
    pub fn run(self, sql: &str, round: u64) {
        let sql = black_box(sql);
        match self {
            Self::MakeText => drop(black_box(renamed(sql, round))),
            Self::AddComment => drop(black_box(commented(sql, round))),
            Self::Hash => {
                static HASHER: LazyLock<foldhash::fast::RandomState> = LazyLock::new(Default::default);
                black_box(HASHER.hash_one(sql));
            }
            Self::Repeated => drop(black_box(Statement::new(sql, Dialect::PostgreSql))),
            Self::NewText => drop(black_box(Statement::new(&commented(sql, round), Dialect::PostgreSql))),
            Self::NewStatement => {
                let statement = Statement::new(&renamed(sql, round), Dialect::PostgreSql);
                assert!(black_box(statement.shape()).is_some(), "the statement has a shape");
            }
            Self::Tokenizer => drop(black_box(Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize())),
            Self::Parser => drop(black_box(Parser::parse_sql(&PostgreSqlDialect {}, sql))),
            Self::Regex => drop(black_box(by_regex(sql))),
            #[cfg(feature = "pg_query")]
            Self::PgFingerprint => drop(black_box(pg_query::fingerprint(sql, 0, 0))),
            #[cfg(feature = "pg_query")]
            Self::PgNormalize => drop(black_box(pg_query::normalize(sql))),
        }
    }
}

fn renamed(sql: &str, round: u64) -> String {
    sql.replace("users", &format!("users{round:08}"))
}

fn commented(sql: &str, round: u64) -> String {
    format!("{sql} -- {round:08}")
}

/// What many a program does: it takes keywords in strings for keywords and loses its way in escapes, but it is short.
fn by_regex(sql: &str) -> String {
    static VALUES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"'(?:[^']|'')*'|\$\d+|\b\d+(?:\.\d+)?\b|\bDEFAULT\b").expect("the pattern is valid")
    });
    static LISTS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\(\?(?:, \?)*\)(?:, \(\?(?:, \?)*\))*").expect("the pattern is valid"));
    LISTS.replace_all(&VALUES.replace_all(sql, "?"), "(?)").into_owned()
}
