//! What a statement knows of its own text, and what it never shows.

use std::collections::HashSet;

use diesel_doctor_sql::{Dialect, Fingerprint, Shape, Statement};
use proptest::prelude::*;

fn new(sql: &str) -> Statement {
    Statement::new(sql, Dialect::PostgreSql)
}

#[test]
fn literals_are_told_apart_but_not_shown() {
    let [one, same, other] = ["SELECT 'a', 1", "SELECT  'a', 1", "SELECT 'a', 2"].map(new);
    assert!(one.literals().is_some());
    assert_eq!(one.literals(), same.literals());
    assert_ne!(one.literals(), other.literals());
    assert_eq!(one.fingerprint(), other.fingerprint());
    assert_eq!(new("SELECT $1").literals(), None);
    assert_ne!(new("SELECT 'a', 'bc'").literals(), new("SELECT 'ab', 'c'").literals());
    assert_ne!(new("SET a = b").literals(), new("SET a = c").literals());
}

#[test]
fn nothing_shows_a_literal() {
    for sql in [
        "SELECT 'hunter2'",
        "SELECT $$hunter2$$",
        "SELECT E'\\'hunter2'",
        "SET password = hunter2",
        "CREATE ROLE a PASSWORD hunter2",
        "SELECT a FROM t WHERE b IN ('x', 'hunter2') LIMIT 1",
        "SELECT 'hunter2",
        "INSERT INTO t VALUES ('hunter2'), ('b')",
        "SELECT /*+ hunter2 */ 1 -- hunter2",
    ] {
        let statement = new(sql);
        let _ = statement.level();
        let shown = format!("{statement:?} {:?} {} {}", statement.shape(), statement.normalized(), statement.summary());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(format!("{:?}", new("SELECT visible")).contains("visible"), "the statement is shown at all");
}

#[test]
fn lists_are_counted_in_order_of_appearance() {
    let lengths = |sql: &str| new(sql).list_lengths().to_vec();
    assert_eq!(lengths("SELECT a FROM t WHERE b IN (1, 2) AND c IN ($1, $2, $3)"), [2, 3]);
    assert_eq!(lengths("INSERT INTO t VALUES (1), (2), (3)"), [3]);
    assert_eq!(lengths("SELECT ARRAY[1, 2, 3, 4]"), [4]);
    assert_eq!(lengths("SELECT ARRAY[[1, 2], [3, 4]]"), [2]);
    assert_eq!(lengths("SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d IN (1))"), [1]);
    assert_eq!(lengths("SELECT a"), [0; 0]);
}

#[test]
fn hints_are_kept_apart() {
    let statement = Statement::new("SELECT /*+ NO_INDEX_MERGE(t) */ a FROM t", Dialect::MySql);
    assert_eq!(statement.hints().collect::<Vec<_>>(), ["NO_INDEX_MERGE(t)"]);
    assert_eq!(statement.normalized(), "SELECT a FROM t");
}

#[test]
fn keys_of_json_are_kept_apart() {
    let statement = new("SELECT a -> 'b' ->> 'c', d #>> '{e,f}', g -> $1, h -> 0 FROM t WHERE i ? 'j' AND k = 'l'");
    assert_eq!(statement.json_keys().collect::<Vec<_>>(), ["'b'", "'c'", "'{e,f}'", "0", "'j'"]);
    assert!(!format!("{statement:?}").contains("'b'"));
}

#[test]
fn a_statement_is_shared_by_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Statement>();
    shared::<Shape>();
    let texts: Vec<String> = (0..400).map(|n| format!("SELECT a FROM t{n} WHERE b = {n}")).collect();
    let alone: Vec<Fingerprint> = texts.iter().map(|text| new(text).fingerprint()).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (text, fingerprint) in texts.iter().zip(&alone) {
                    let statement = new(text);
                    assert_eq!(statement.fingerprint(), *fingerprint);
                    assert!(statement.shape().is_some());
                }
            });
        }
    });
}

#[test]
fn one_text_is_not_mixed_up_between_dialects() {
    let text = "SELECT \"a\" FROM t";
    let [postgres, mysql] = [Dialect::PostgreSql, Dialect::MySql].map(|dialect| Statement::new(text, dialect));
    assert_eq!((postgres.normalized(), mysql.normalized()), ("SELECT a FROM t", "SELECT ? FROM t"));
    assert_eq!(Statement::new(text, Dialect::PostgreSql).dialect(), Dialect::PostgreSql);
}

/// A line of the golden file: fingerprint, dialect, text, canonical text.
fn golden_line(dialect: char, sql: &str) -> String {
    let of = match dialect {
        'p' => Dialect::PostgreSql,
        'm' => Dialect::MySql,
        's' => Dialect::Sqlite,
        _ => Dialect::Unknown,
    };
    let statement = Statement::new(sql, of);
    format!("{} {dialect} {sql} ⟷ {}", statement.fingerprint(), statement.normalized())
}

/// With `UPDATE_GOLDEN=1` the file is written; a test beside the version of the rules then says what else is to be changed.
#[test]
fn fingerprints_do_not_change_from_release_to_release() {
    let known = include_str!("golden.txt");
    let lines: Vec<String> = known
        .lines()
        .map(|line| match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            [_, dialect, texts] if !line.starts_with('#') => {
                golden_line(dialect.chars().next().unwrap(), texts.split(" ⟷ ").next().unwrap())
            }
            _ => line.to_owned(),
        })
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    for (known, now) in known.lines().zip(&lines) {
        assert_eq!(known, now);
    }
    for dialect in ["p", "m", "s", "u"] {
        let of_dialect = lines.iter().filter(|line| line.split(' ').nth(1) == Some(dialect)).count();
        assert!(of_dialect >= 60, "{dialect} has {of_dialect} lines");
    }
    let fingerprints: HashSet<&str> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
    assert!(fingerprints.len() >= 180, "only {} different ones", fingerprints.len());
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(vec![Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown])
}

/// Pieces that meet in texts, so that more of them are nearly SQL than letters by chance would be.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: [&str; 132] = [
        "SELECT",
        "FROM",
        "WHERE",
        "a",
        "t",
        "\"B\"",
        "`c`",
        "'x'",
        "\"y\"",
        "1",
        "-1",
        "$1",
        "?",
        ":n",
        "@v",
        "(",
        ")",
        ",",
        ".",
        ";",
        "[",
        "]",
        "=",
        "IN",
        "IN (",
        "VALUES (",
        "ARRAY[",
        "UNION ALL",
        "ORDER BY",
        "LIMIT",
        "OFFSET",
        "NULL",
        "IS",
        "NOT",
        "DEFAULT",
        "ASC",
        "INNER",
        "JOIN",
        "LEFT",
        "OUTER",
        "SET",
        "PRAGMA",
        "BEGIN",
        "END",
        "CASE",
        "SAVEPOINT",
        "ROLLBACK",
        "TO",
        "CREATE USER",
        "PASSWORD",
        "/*",
        "*/",
        "/*!",
        "--",
        "#",
        "\n",
        "$$",
        "E'",
        "::",
        "?|",
        "<>",
        "date",
        "FETCH",
        "AS",
        "INTERVAL",
        "ANY",
        "ROWS",
        "OVER (",
        "OVER",
        "FILTER",
        "ON CONFLICT",
        "ON",
        "DO",
        "NOTHING",
        "VALUE",
        "VALUES",
        "REPLACE INTO",
        "OR",
        "RELEASE",
        "TRANSACTION",
        "user",
        "\"user\"",
        "\"order\"",
        "\"first\"",
        "\"by\"",
        "EXPLAIN",
        "EXECUTE",
        "CURRENT OF",
        "STATEMENT",
        "FOR",
        "UPDATE",
        "DELETE",
        "INSERT INTO",
        "NULLS FIRST",
        "PARTITION",
        "RECURSIVE",
        "WITH",
        "LOCK",
        "MATCH",
        "XOR",
        "TRUE",
        "ALTER TABLE",
        "DROP",
        "GROUP BY",
        "ROLLUP (",
        "UNION",
        "[",
        "VIEW",
        "EXISTS",
        "CAST(",
        "INTERVAL '1'",
        "AS 'x'",
        "->",
        "COPY",
        "START",
        "GRANT",
        "ALTER USER",
        "CREATE TRIGGER",
        "CREATE FUNCTION",
        "RETURN",
        "IF",
        "CONNECT",
        "IDENTIFIED BY",
        "REPLACE",
        "EXPIRE",
        "\"expire\"",
        "\"system\"",
        "'a\\'b'",
        "'a\\'",
        "\"c\\\"d\"",
        "\"c\\\".",
        "string_agg(",
    ];
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_statement_with_a_fixed_point(text in prop_oneof![".*", pieces()], dialect in any_dialect()) {
        let once = Statement::new(&text, dialect);
        let twice = Statement::new(once.normalized(), dialect);
        prop_assert_eq!(once.normalized(), twice.normalized());
        prop_assert_eq!(once.fingerprint(), twice.fingerprint());
        let _ = (once.level(), once.summary().len(), once.shape().is_some());
    }

    #[test]
    fn literals_never_decide_the_fingerprint_or_show(a in "[a-z]{8,20}", b in any::<i64>(), dialect in any_dialect()) {
        let sql = |text: &str, number: i64| format!(
            "SELECT q, f('{text}') FROM t WHERE b = {number} AND c IN ('{text}', {number}) OR d LIKE '{text}' LIMIT 5"
        );
        let statement = Statement::new(&sql(&a, b), dialect);
        let other = Statement::new(&sql("other", 7), dialect);
        prop_assert_eq!(statement.normalized(), other.normalized());
        prop_assert!(!statement.normalized().contains(&a));
    }

    #[test]
    fn space_and_case_never_decide(pieces in prop::collection::vec("[a-z_]{1,8}|[0-9]{1,4}|[(),=]", 1..30), dialect in any_dialect()) {
        let [one, other] = [pieces.join(" "), pieces.join("\n\t ").to_uppercase()].map(|text| Statement::new(&text, dialect));
        prop_assert_eq!(one.normalized(), other.normalized());
    }
}
