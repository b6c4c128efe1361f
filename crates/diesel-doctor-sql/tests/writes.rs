//! Which tables a statement names, which of them it writes, and how it is summed up.

use diesel_doctor_sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use diesel_doctor_sql::{Shape, Statement};

fn shape(sql: &str, dialect: Dialect) -> Shape {
    Statement::new(sql, dialect).shape().cloned().unwrap_or_else(|| panic!("no shape in {dialect:?}: {sql}"))
}

fn names<'t>(tables: impl IntoIterator<Item = &'t diesel_doctor_sql::Table>) -> Vec<String> {
    tables.into_iter().map(ToString::to_string).collect()
}

#[test]
fn all_tables_that_are_written_are_known() {
    for (dialect, sql, tables, writes) in [
        (PostgreSql, "TRUNCATE a, b", &["a", "b"][..], &["a", "b"][..]),
        (PostgreSql, "DROP TABLE a, b", &["a", "b"], &["a", "b"]),
        (PostgreSql, "DROP VIEW a, b", &["a", "b"], &["a", "b"]),
        (PostgreSql, "COPY \"a.b\" FROM STDIN", &["a.b"], &["a.b"]),
        (PostgreSql, "COPY \"Users\" (\"Id\") FROM STDIN", &["Users"], &["Users"]),
        (PostgreSql, "COPY \"a b\" (x) FROM STDIN", &["a b"], &["a b"]),
        (PostgreSql, "COPY \"Users\" TO STDOUT", &["Users"], &[]),
        (MySql, "DELETE FROM u USING users AS u WHERE u.id = ?", &["users"], &["users"]),
        (MySql, "DELETE FROM a, b USING a JOIN b ON a.id = b.id", &["a", "b"], &["a", "b"]),
        (MySql, "DELETE a, b FROM a JOIN b ON a.id = b.id", &["a", "b"], &["a", "b"]),
        (MySql, "UPDATE a JOIN b ON a.id = b.id SET a.x = 1, b.y = 2", &["a", "b"], &["a", "b"]),
        (MySql, "UPDATE a JOIN b ON a.id = b.id SET b.x = 1, b.y = 2", &["a", "b"], &["b"]),
        (MySql, "UPDATE a JOIN b ON a.id = b.id SET a.x = 1, y = 2", &["a", "b"], &[]),
        (PostgreSql, "DELETE FROM t USING u WHERE t.id = u.id", &["t", "u"], &["t"]),
        (PostgreSql, "DELETE FROM a.t USING b.t WHERE a.t.id = b.t.id", &["a.t", "b.t"], &["a.t"]),
        (MySql, "DELETE b.t FROM a.t JOIN b.t ON a.t.id = b.t.id", &["a.t", "b.t"], &["b.t"]),
        (MySql, "DELETE FROM b.t USING a.t JOIN b.t ON a.t.id = b.t.id", &["a.t", "b.t"], &["b.t"]),
        (PostgreSql, "WITH t AS (SELECT * FROM s) UPDATE t SET a = 1", &["s", "t"], &["t"]),
        (PostgreSql, "WITH t AS (SELECT * FROM s) DELETE FROM t", &["s", "t"], &["t"]),
        (PostgreSql, "SELECT * INTO new_t FROM t", &["new_t", "t"], &["new_t"]),
        (MySql, "SELECT a INTO @x FROM t", &["t"], &[]),
        (MySql, "SELECT a INTO x FROM t", &["t"], &[]),
        (MySql, "LOCK TABLES a READ, b WRITE", &["a", "b"], &[]),
        (MySql, "RENAME TABLE a TO b", &["a", "b"], &["a"]),
        (MySql, "SHOW FULL TABLES FROM db LIKE 'x%'", &[], &[]),
        (MySql, "SHOW COLUMNS FROM t", &["t"], &[]),
        (MySql, "SELECT 1 FROM DUAL", &[], &[]),
        (Unknown, "SELECT 1 FROM dual", &[], &[]),
        (Sqlite, "SELECT 1 FROM dual", &["dual"], &[]),
    ] {
        let shape = shape(sql, dialect);
        assert_eq!((names(shape.tables()), names(shape.writes())), (owned(tables), owned(writes)), "{sql}");
        let only = match writes {
            [only] => Some((*only).to_owned()),
            _ => None,
        };
        assert_eq!(shape.write_target().map(ToString::to_string), only, "{sql}");
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_name_in_quotes_is_one_name() {
    let copy = shape("COPY \"a.b\" FROM STDIN", PostgreSql);
    assert_eq!((copy.tables()[0].schema.as_deref(), copy.tables()[0].name.as_str()), (None, "a.b"));
}

#[test]
fn what_is_only_explained_or_prepared_writes_nothing() {
    for sql in [
        "EXPLAIN DELETE FROM t",
        "EXPLAIN INSERT INTO t VALUES (1)",
        "EXPLAIN (BUFFERS) UPDATE t SET a = 1",
        "PREPARE p AS DELETE FROM t WHERE id = $1",
    ] {
        let shape = shape(sql, PostgreSql);
        assert_eq!((names(shape.tables()), names(shape.writes())), (owned(&["t"]), vec![]), "{sql}");
        assert_eq!(shape.write_target(), None, "{sql}");
    }
    for sql in ["EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t"] {
        assert_eq!(names(shape(sql, PostgreSql).write_target()), ["t"], "{sql}");
    }
}

#[test]
fn the_query_of_a_definition_is_a_query() {
    for (sql, tables, summary) in [
        ("CREATE VIEW v AS SELECT type FROM t WHERE id = 1", &["v", "t"][..], "CREATE VIEW v SELECT t"),
        ("CREATE VIEW v AS WITH c AS (SELECT * FROM t) SELECT * FROM c", &["v", "t"], "CREATE VIEW v SELECT t SELECT"),
        (
            "CREATE TABLE x AS WITH c AS (SELECT * FROM t) SELECT * FROM c",
            &["x", "t"],
            "CREATE TABLE x SELECT t SELECT",
        ),
        ("PREPARE p AS WITH c AS (SELECT * FROM t) SELECT * FROM c", &["t"], "PREPARE SELECT t SELECT"),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT d FROM generate_series(1, 9) d JOIN o ON o.day = d",
            &["v", "o"],
            "CREATE VIEW v SELECT o",
        ),
    ] {
        let statement = Statement::new(sql, PostgreSql);
        assert_eq!(statement.summary(), summary, "{sql}");
        assert_eq!(names(shape(sql, PostgreSql).tables()), tables, "{sql}");
    }
    let view = shape("CREATE VIEW v AS SELECT * FROM t WHERE id = 1", PostgreSql);
    assert_eq!((names(view.write_target()), view.single_key(), view.has_filter()), (owned(&["v"]), None, false));
}

#[test]
fn the_summary_begins_with_the_statements_own_word() {
    for (dialect, sql, summary) in [
        (MySql, "SHOW CREATE TABLE t", "SHOW"),
        (MySql, "SHOW INDEX FROM t", "SHOW"),
        (MySql, "DO SLEEP(1)", "DO"),
        (MySql, "USE mydb", "USE mydb"),
        (MySql, "USE `My Db`", "USE \"My Db\""),
        (PostgreSql, "REVOKE ALL ON SCHEMA s FROM u", "REVOKE"),
        (PostgreSql, "CREATE POLICY p ON t USING (true)", "CREATE POLICY p"),
        (PostgreSql, "DROP POLICY \"a b\" ON t", "DROP POLICY \"a b\""),
        (PostgreSql, "COPY \"Users\" FROM STDIN", "COPY Users"),
        (PostgreSql, "WITH t AS (SELECT * FROM s) UPDATE t SET a = 1", "SELECT s UPDATE t"),
        (PostgreSql, "SELECT * FROM db.schema.tab", "SELECT db.schema.tab"),
        (MySql, "DELETE FROM a, b USING a JOIN b ON a.id = b.id", "DELETE a b"),
        (
            MySql,
            "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW v AS SELECT 1",
            "CREATE VIEW v SELECT",
        ),
    ] {
        assert_eq!(Statement::new(sql, dialect).summary(), summary, "{dialect:?}: {sql}");
    }
}
