//! Classifies a text by its first words. This happens once for each text of a scope.

use diesel_doctor_analysis::{Dialect, QueryKind};

/// The kind of query, judged by the first words of the text.
pub(crate) fn kind(sql: &str, dialect: Dialect) -> QueryKind {
    let mut words = words(sql);
    let first = words.next().unwrap_or_default();
    let is = |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is(first, &["SELECT"]) {
        let lookup = dialect != Dialect::Sqlite
            && (sql.starts_with("SELECT \"pg_type\".\"oid\"") || sql.starts_with("SELECT pg_type.oid"));
        return match () {
            () if lookup => QueryKind::TypeLookup,
            () if sql.contains("__diesel_schema_migrations") => QueryKind::Setup,
            () => QueryKind::User,
        };
    }
    let transaction = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "END", "ABORT"];
    let setup = [
        "SET", "RESET", "PRAGMA", "CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "ATTACH",
        "DETACH", "VACUUM", "ANALYZE", "REINDEX", "USE",
    ];
    match () {
        () if is(first, &transaction) => QueryKind::Transaction,
        () if is(first, &["SET"]) && words.next().is_some_and(|word| is(word, &["TRANSACTION"])) => {
            QueryKind::Transaction
        }
        () if is(first, &setup) => QueryKind::Setup,
        () if is(first, &["INSERT", "DELETE"]) && sql.contains("__diesel_schema_migrations") => QueryKind::Setup,
        () => QueryKind::User,
    }
}

/// The words of a text, without comments at its beginning.
fn words(mut sql: &str) -> impl Iterator<Item = &str> {
    loop {
        sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let comment_end = if sql.starts_with("--") {
            sql.find('\n').map(|at| at + 1)
        } else if sql.starts_with("/*") {
            sql.find("*/").map(|at| at + 2)
        } else {
            break;
        };
        sql = comment_end.and_then(|end| sql.get(end..)).unwrap_or_default();
    }
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: QueryKind) {
        assert_eq!(kind(sql, Dialect::PostgreSql), expected, "{sql}");
    }

    #[test]
    fn queries_are_the_users_unless_their_first_words_say_otherwise() {
        for sql in [
            "SELECT 1",
            "INSERT INTO posts DEFAULT VALUES",
            "UPDATE \"set\" SET a = 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "",
            "--",
            "/*",
        ] {
            check(sql, QueryKind::User);
        }
        for sql in [
            "BEGIN",
            "begin immediate",
            "COMMIT;",
            "SAVEPOINT diesel_savepoint_1",
            "SET TRANSACTION READ ONLY",
            "/* a */ -- b\n ROLLBACK",
        ] {
            check(sql, QueryKind::Transaction);
        }
        for sql in [
            "SET TIME ZONE 'UTC'",
            "PRAGMA foreign_keys = ON",
            "CREATE TABLE a (b INT)",
            "SELECT version FROM __diesel_schema_migrations",
            "INSERT INTO \"__diesel_schema_migrations\" (\"version\") VALUES ($1)",
        ] {
            check(sql, QueryKind::Setup);
        }
    }

    #[test]
    fn a_type_look_up_is_one_only_where_there_are_such_types() {
        let sql = "SELECT \"pg_type\".\"oid\", \"pg_type\".\"typarray\" FROM \"pg_type\"";
        assert_eq!(kind(sql, Dialect::PostgreSql), QueryKind::TypeLookup);
        assert_eq!(kind(sql, Dialect::Sqlite), QueryKind::User);
    }
}
