//! Which bind stands for what, and what a limit is.

use diesel_doctor_sql::{BindRole, Dialect, Statement};

/// The roles of the first binds, shortly.
fn roles(sql: &str, dialect: Dialect) -> Vec<String> {
    let statement = Statement::new(sql, dialect);
    let shape = statement.shape().unwrap_or_else(|| panic!("{sql} has a shape"));
    let role = |bind| match shape.bind_role(bind) {
        BindRole::Equals(column) => column.name.clone(),
        BindRole::Limit => "LIMIT".to_owned(),
        BindRole::Offset => "OFFSET".to_owned(),
        BindRole::Other => "-".to_owned(),
        other => format!("{other:?}"),
    };
    (1..=4).map(role).collect()
}

#[test]
fn limit_and_offset_are_told_apart_in_either_order() {
    for (sql, expected) in [
        ("SELECT a FROM t WHERE b = ? LIMIT ?, ?", ["b", "OFFSET", "LIMIT", "-"]),
        ("SELECT a FROM t WHERE b = ? LIMIT 20, ?", ["b", "LIMIT", "-", "-"]),
        ("SELECT a FROM t WHERE b = ? LIMIT ?, 20", ["b", "OFFSET", "-", "-"]),
        ("SELECT a FROM t WHERE b = ? LIMIT ? OFFSET ?", ["b", "LIMIT", "OFFSET", "-"]),
        ("SELECT a FROM (SELECT a FROM t LIMIT ?, ?) x WHERE b = ?", ["OFFSET", "LIMIT", "b", "-"]),
    ] {
        for dialect in [Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
            assert_eq!(roles(sql, dialect), expected, "{sql}");
        }
    }
}

#[test]
fn a_name_has_the_number_that_sqlite_gives_it() {
    for (sql, expected) in [
        ("SELECT a FROM t WHERE b = :x AND c = ? AND d = ?", ["b", "c", "d", "-"]),
        ("SELECT a FROM t WHERE b = ? AND c = :x AND d = ?", ["b", "c", "d", "-"]),
        ("SELECT a FROM t WHERE b = :x AND c = :y AND d = :x AND e = ?", ["b", "c", "e", "-"]),
        ("SELECT a FROM t WHERE b = ?2 AND c = ? AND d = @x", ["-", "b", "c", "d"]),
    ] {
        assert_eq!(roles(sql, Dialect::Sqlite), expected, "{sql}");
    }
}

#[test]
fn a_limit_that_limits_nothing_is_none() {
    for (sql, limit) in [
        ("SELECT a FROM t LIMIT 5", Some(5)),
        ("SELECT a FROM t LIMIT +5", Some(5)),
        ("SELECT a FROM t LIMIT 5 OFFSET 1", Some(5)),
        ("SELECT a FROM t LIMIT 1, 5", Some(5)),
        ("SELECT a FROM t LIMIT -1", None),
        ("SELECT a FROM t LIMIT -1 OFFSET ?", None),
        ("SELECT a FROM t LIMIT 18446744073709551615 OFFSET ?", None),
        ("SELECT a FROM t LIMIT 2, 18446744073709551615", None),
    ] {
        let statement = Statement::new(sql, Dialect::Unknown);
        let shape = statement.shape().expect("it parses");
        assert_eq!((shape.limit(), shape.has_limit()), (limit, limit.is_some()), "{sql}");
    }
    let bound = Statement::new("SELECT a FROM t LIMIT ?", Dialect::Sqlite);
    assert!(bound.shape().is_some_and(|shape| shape.has_limit() && shape.limit().is_none()));
}
