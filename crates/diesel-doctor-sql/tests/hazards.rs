//! What would hang a parser, overflow its stack or panic: each on the 2 MiB stack that Rust gives a thread.

use std::thread;

use diesel_doctor_sql::{Dialect, Level, Statement};

const DIALECTS: [Dialect; 4] = [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown];

/// Asks everything of a text in every dialect, on a thread with the usual small stack.
fn survives(text: String) -> Vec<Level> {
    let ask = move || {
        DIALECTS
            .map(|dialect| {
                let statement = Statement::new(&text, dialect);
                let _ = (statement.summary().len(), statement.operation(), statement.list_lengths().len());
                if let Some(shape) = statement.shape() {
                    let _ = (shape.single_key().cloned(), shape.bind_role(1).clone(), format!("{shape:?}").len());
                }
                let again = Statement::new(statement.normalized(), dialect);
                assert_eq!(again.normalized(), statement.normalized());
                statement.level()
            })
            .to_vec()
    };
    thread::Builder::new().stack_size(2 << 20).spawn(ask).unwrap().join().unwrap()
}

fn nested(open: &str, inside: &str, close: &str, depth: usize) -> String {
    format!("SELECT {}{inside}{}", open.repeat(depth), close.repeat(depth))
}

fn chain(first: &str, link: &str, links: usize) -> String {
    format!("SELECT a FROM t WHERE {first}{}", link.repeat(links))
}

#[test]
fn brackets_nest_to_any_depth() {
    for depth in [10, 60, 150, 250, 1_000, 5_000, 200_000] {
        survives(nested("(", "1", ")", depth));
        survives(nested("(", "1", "", depth));
        survives(nested("ARRAY[", "1", "]", depth));
        survives(nested("f(", "a", ")", depth));
        survives(nested("a[", "1", "]", depth));
        survives(nested("[", "1", "]", depth));
    }
}

#[test]
fn statements_nest_to_any_depth() {
    for depth in [5, 20, 60, 120, 190, 1_000, 20_000] {
        survives(nested("(SELECT ", "1", ")", depth));
        survives(format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(depth), ") x".repeat(depth)));
        survives(nested("CASE WHEN ", "a", " THEN 1 END", depth));
        survives(nested("a IN (", "1", ")", depth));
        survives(nested("EXISTS (SELECT 1 WHERE ", "a", ")", depth));
        survives(format!("{}SELECT 1", "WITH x AS (".repeat(depth)));
        survives(format!("{}SELECT 1", "EXPLAIN ".repeat(depth)));
        survives(nested("NOT ", "a", "", depth));
        survives(nested("- ", "a", "", depth));
        survives(nested("INTERVAL ", "'1'", "", depth));
        survives(nested("CAST(", "a", " AS int)", depth));
        survives(format!("SELECT * FROM {}t{}", "(".repeat(depth), ")".repeat(depth)));
    }
}

#[test]
fn what_doubles_the_time_with_each_level_is_not_parsed() {
    let levels = survives(nested("POSITION(", "a", " IN b)", 30));
    assert_eq!(levels, [Level::Tokens; 4]);
    let levels = survives(nested("POSITION('x' IN ", "a", ")", 3));
    assert_eq!(levels, [Level::Parsed; 4], "a few are");
}

#[test]
fn chains_of_any_length_end() {
    for links in [10, 300, 480, 900, 3_000, 40_000] {
        for link in [
            " AND a = 1",
            " OR a",
            " + 1",
            " || 'x'",
            "::text",
            " DIV 2",
            " GLOB 'x'",
            " REGEXP 'x'",
            " IS NULL",
            ".a",
            " COLLATE x",
            "[1]",
        ] {
            survives(chain("a", link, links));
        }
        survives(format!("SELECT 1{}", " UNION SELECT 1".repeat(links)));
        survives(format!("SELECT * FROM t{}", " JOIN u ON a".repeat(links)));
        survives("SELECT 1;".repeat(links));
    }
}

#[test]
fn sixty_boxed_filters_have_a_shape() {
    let mut filter = "(a0 = ?)".to_owned();
    for column in 1..60 {
        filter = format!("({filter} AND (a{column} = ?))");
    }
    let levels = survives(format!("SELECT a FROM t WHERE {filter}"));
    assert_eq!(levels, [Level::Parsed; 4]);
}

#[test]
fn long_lists_are_counted_and_have_a_shape() {
    let list = vec!["?"; 100_000].join(", ");
    let statement = Statement::new(&format!("SELECT a FROM t WHERE b IN ({list})"), Dialect::Sqlite);
    assert_eq!(statement.list_lengths(), [100_000]);
    assert_eq!(statement.level(), Level::Parsed);
    let rows = vec!["(1, 'x', NULL)"; 100_000].join(", ");
    let statement = Statement::new(&format!("INSERT INTO t VALUES {rows}"), Dialect::MySql);
    assert_eq!(statement.normalized(), "INSERT INTO t VALUES (?)");
    assert_eq!(statement.list_lengths(), [100_000]);
    survives(format!("SELECT {}", vec!["a"; 100_000].join(", ")));
    survives(format!("SELECT a FROM t WHERE b IN ({})", vec!["c"; 100_000].join(", ")));
    survives(format!(
        "SELECT a FROM t WHERE b IN ({})",
        (0..50_000).map(|n| format!("f{n}(?)")).collect::<Vec<_>>().join(", ")
    ));
    survives(format!("SELECT ARRAY[{}]", vec!["[1, 2]"; 50_000].join(", ")));
    let scattered: Vec<String> = (0..50_000).map(|n| format!("${}", (n * 7919) % 50_000)).collect();
    survives(format!("SELECT a FROM t WHERE b IN ({})", scattered.join(", ")));
}

#[test]
fn quotes_and_comments_that_never_end_are_one_value() {
    for (text, canonical) in [
        ("SELECT 'abc", "SELECT ?"),
        ("SELECT a, 'it''s", "SELECT a, ?"),
        ("SELECT /* abc", "SELECT ?"),
        ("SELECT a FROM t WHERE b = 'secret AND c = 1", "SELECT a FROM t WHERE b = ?"),
    ] {
        for dialect in DIALECTS {
            let statement = Statement::new(text, dialect);
            assert_eq!((statement.normalized(), statement.level()), (canonical, Level::Bytes));
            assert!(statement.shape().is_none());
        }
    }
    assert_eq!(Statement::new("SELECT $x$ abc", Dialect::PostgreSql).level(), Level::Bytes);
    assert_eq!(Statement::new("SELECT `abc", Dialect::MySql).level(), Level::Bytes);
    assert_eq!(Statement::new("SELECT \"abc", Dialect::PostgreSql).normalized(), "SELECT ?");
}

#[test]
fn what_is_scanned_in_vain_is_scanned_once() {
    const MANY: usize = 20_000;
    for unit in [
        "'\\'a ",
        "/* /* */ ",
        "[ ",
        "$a ",
        "$a$ ",
        "_ ",
        "\"\\\"a ",
        "? ",
        "@",
        ":",
        "`",
        "E'",
        "(/*",
        "--",
        "#",
        "/*!",
        "*/",
        "1e",
        ".1.",
        "`a\"",
        "IN (",
        "IN (?, ",
        "(?, ",
        "VALUES (",
        "UNION ALL (",
        "ORDER BY 1, ",
        "SET a = 1, a",
        "END ",
        // Words that look ahead.
        "ANY ",
        "ANY ASC ",
        "ANY /* /* */ ",
        "INTERVAL '\\'a ",
        "ON CONFLICT ",
        "VALUES ",
        "AS INSERT ",
        "\"nulls\" ",
    ] {
        survives(unit.repeat(MANY));
        survives(format!("CREATE PROCEDURE p() BEGIN {}", unit.repeat(MANY / 10)));
        survives(format!("SET a = {}", unit.repeat(MANY / 10)));
    }
}

#[test]
fn strange_bytes_are_tokens() {
    for text in [
        "",
        " ",
        ";",
        "\0",
        "SELECT \0 FROM \u{1}",
        "\u{feff}SELECT 1",
        "SELECT 😀 FROM 日本",
        "\\",
        "{}",
        "SELECT a\u{a0}b",
        "'",
        "\"",
    ] {
        survives(text.to_owned());
    }
}
