//! What a statement does, by its words alone.

use diesel_doctor_sql::{Dialect, Operation, Statement};

#[test]
fn behind_common_table_expressions_the_statement_is_found() {
    for (sql, operation) in [
        ("WITH x AS (SELECT 1) SELECT a FROM x", Operation::Select),
        ("WITH x AS (SELECT 1) (SELECT a FROM x)", Operation::Select),
        ("(WITH x AS (SELECT 1) SELECT a FROM x)", Operation::Select),
        ("WITH x AS (SELECT 1) TABLE x", Operation::Select),
        ("WITH x AS (VALUES (1)) INSERT INTO t SELECT a FROM x", Operation::Insert),
        ("WITH x AS (DELETE FROM t RETURNING a), y (b) AS (SELECT 1) UPDATE u SET c = 1", Operation::Update),
        ("WITH x AS (INSERT INTO t VALUES (1)) SELECT 1", Operation::Select),
        (r#"WITH "a (" AS (SELECT 1) DELETE FROM t"#, Operation::Delete),
        (r#"WITH "a ) SELECT" AS (SELECT 1) DELETE FROM t"#, Operation::Delete),
        (r#"WITH "a SELECT b" AS (SELECT 1) MERGE INTO t USING u ON a = b"#, Operation::Merge),
        ("WITH x AS MATERIALIZED (SELECT 1) SELECT a FROM x", Operation::Select),
        ("WITH", Operation::Other),
    ] {
        assert_eq!(Statement::new(sql, Dialect::PostgreSql).operation(), operation, "{sql}");
    }
}

#[test]
fn only_a_transaction_starts_one() {
    let operation = |sql| Statement::new(sql, Dialect::MySql).operation();
    assert_eq!(operation("start transaction read only"), Operation::Begin);
    assert_eq!(operation("START REPLICA"), Operation::Other);
    assert_eq!(operation("START"), Operation::Other);
}
