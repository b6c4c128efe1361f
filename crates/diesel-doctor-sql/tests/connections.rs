//! What Diesel's connections, transactions, migrations and `COPY` emit beside the query builder has a shape.

use diesel_doctor_sql::{Dialect, Level, Statement};

const BESIDE: [(Dialect, &str); 38] = [
    (Dialect::PostgreSql, "BEGIN"),
    (Dialect::PostgreSql, "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"),
    (Dialect::PostgreSql, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE NOT DEFERRABLE"),
    (Dialect::PostgreSql, "COMMIT"),
    (Dialect::PostgreSql, "ROLLBACK"),
    (Dialect::PostgreSql, "SAVEPOINT diesel_savepoint_1"),
    (Dialect::PostgreSql, "RELEASE SAVEPOINT diesel_savepoint_1"),
    (Dialect::PostgreSql, "ROLLBACK TO SAVEPOINT diesel_savepoint_1"),
    (Dialect::PostgreSql, "SET TIME ZONE 'UTC'"),
    (Dialect::PostgreSql, "SET CLIENT_ENCODING TO 'UTF8'"),
    (Dialect::PostgreSql, "SET CONSTRAINTS ALL DEFERRED"),
    (Dialect::PostgreSql, "SELECT 1"),
    (
        Dialect::PostgreSql,
        "SELECT \"pg_type\".\"oid\", \"pg_type\".\"typarray\" FROM \"pg_type\" WHERE ((\"pg_type\".\"typname\" = $1) AND \"pg_type\".\"typnamespace\" = pg_my_temp_schema()) LIMIT $2",
    ),
    (Dialect::PostgreSql, "COPY \"users\" (\"id\", \"name\") FROM STDIN"),
    (
        Dialect::PostgreSql,
        "COPY \"users\" (\"id\", \"name\") FROM STDIN WITH (FORMAT binary, FREEZE 0, DELIMITER ',', NULL '', QUOTE '\"', ESCAPE '\\')",
    ),
    (Dialect::PostgreSql, "COPY \"users\" (\"id\", \"name\") FROM STDIN WITH (FORMAT csv, HEADER 1)"),
    (Dialect::PostgreSql, "COPY \"users\" (\"id\", \"name\") TO STDOUT WITH (FORMAT binary)"),
    (Dialect::PostgreSql, "COPY \"audit\".\"order_log\" (\"group\") TO STDOUT"),
    (
        Dialect::PostgreSql,
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    ),
    (Dialect::PostgreSql, "SELECT diesel_manage_updated_at('users')"),
    (Dialect::MySql, "START TRANSACTION"),
    (Dialect::MySql, "BEGIN"),
    (Dialect::MySql, "SAVEPOINT diesel_savepoint_1"),
    (Dialect::MySql, "ROLLBACK TO SAVEPOINT diesel_savepoint_1"),
    (Dialect::MySql, "SET time_zone = '+00:00'"),
    (Dialect::MySql, "SET character_set_client = 'utf8mb4'"),
    (Dialect::MySql, "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'))"),
    (
        Dialect::MySql,
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    ),
    (Dialect::MySql, "DELETE FROM `__diesel_schema_migrations` WHERE (`__diesel_schema_migrations`.`version` = ?)"),
    (Dialect::Sqlite, "BEGIN"),
    (Dialect::Sqlite, "BEGIN IMMEDIATE"),
    (Dialect::Sqlite, "BEGIN EXCLUSIVE"),
    (Dialect::Sqlite, "SAVEPOINT diesel_savepoint_1"),
    (Dialect::Sqlite, "RELEASE SAVEPOINT diesel_savepoint_1"),
    (Dialect::Sqlite, "PRAGMA foreign_keys = ON"),
    (Dialect::Sqlite, "PRAGMA table_info(users)"),
    (
        Dialect::Sqlite,
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    ),
    (Dialect::Sqlite, "INSERT INTO `__diesel_schema_migrations` (`version`) VALUES (?)"),
];

#[test]
fn every_statement_has_a_shape() {
    let missed: Vec<&str> = BESIDE
        .iter()
        .filter(|(dialect, text)| Statement::new(text, *dialect).level() != Level::Parsed)
        .map(|(_, text)| *text)
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_statement_has_a_shape_without_its_dialect() {
    let missed: Vec<&str> = BESIDE
        .iter()
        .filter(|(_, text)| Statement::new(text, Dialect::Unknown).level() != Level::Parsed)
        .map(|(_, text)| *text)
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
