//! What the parser does not know has the shape of what stands in for it.

use diesel_doctor_sql::{BindRole, ColumnRole, Dialect, Shape, Statement};

fn shape(dialect: Dialect, sql: &str) -> Shape {
    Statement::new(sql, dialect).shape().cloned().unwrap_or_else(|| panic!("no shape: {sql}"))
}

/// All that a shape says, what its binds stand for included.
fn facts(dialect: Dialect, sql: &str) -> Vec<String> {
    let shape = shape(dialect, sql);
    let names =
        [shape.tables(), shape.writes()].map(|tables| tables.iter().map(|table| format!("{table:?}")).collect());
    let [tables, writes]: [Vec<String>; 2] = names;
    let binds: Vec<&BindRole> = (1..=4).map(|bind| shape.bind_role(bind)).collect();
    vec![
        format!("{} {tables:?}", shape.operation()),
        format!("writes {writes:?} target {:?}", shape.write_target()),
        format!("columns {:?}", shape.columns()),
        format!("binds {binds:?}"),
        format!("keys {:?} others {}", shape.key_filters(), shape.has_other_filters()),
        format!("filter {} limit {} offset {}", shape.has_filter(), shape.has_limit(), shape.has_offset()),
        format!("locks {} returns {} on conflict {}", shape.locking(), shape.returning(), shape.on_conflict()),
        format!("distinct {} one row {}", shape.distinct(), shape.single_row_aggregate()),
        format!("star {} subqueries {}", shape.selects_star(), shape.subqueries()),
    ]
}

/// Asserts that each first statement has the shape of the second.
fn same(dialect: Dialect, pairs: &[(&str, &str)]) {
    for (rare, usual) in pairs {
        assert_eq!(facts(dialect, rare), facts(dialect, usual), "{rare}");
    }
}

fn columns(dialect: Dialect, sql: &str, role: ColumnRole) -> Vec<String> {
    shape(dialect, sql).columns_with(role).map(ToString::to_string).collect()
}

fn tables(dialect: Dialect, sql: &str) -> Vec<String> {
    shape(dialect, sql).tables().iter().map(ToString::to_string).collect()
}

#[test]
fn is_compares_and_joins() {
    for dialect in [Dialect::Sqlite, Dialect::Unknown] {
        let of_columns = "SELECT u.id FROM users u JOIN posts p ON p.user_id IS u.id WHERE u.age IS p.score";
        assert_eq!(
            columns(dialect, of_columns, ColumnRole::Joined),
            ["posts.user_id", "users.id", "users.age", "posts.score"]
        );
        let of_value = shape(dialect, "SELECT a FROM t WHERE b IS (?) AND c IS NOT lower(d)");
        assert_eq!(of_value.key_filters().iter().map(ToString::to_string).collect::<Vec<_>>(), ["t.b"]);
        assert!(of_value.has_other_filters());
        assert!(matches!(of_value.bind_role(1), BindRole::Equals(column) if column.to_string() == "t.b"));
        same(
            dialect,
            &[
                ("SELECT a FROM t WHERE b IS c", "SELECT a FROM t WHERE b = c"),
                ("SELECT a FROM t WHERE b IS NOT c", "SELECT a FROM t WHERE b != c"),
                ("SELECT a FROM t WHERE b IS ? AND c = ?", "SELECT a FROM t WHERE b = ? AND c = ?"),
                ("SELECT a FROM t WHERE b IS lower(?) OR c", "SELECT a FROM t WHERE b = lower(?) OR c"),
                ("SELECT a FROM t WHERE b IS CAST(? AS TEXT)", "SELECT a FROM t WHERE b = CAST(? AS TEXT)"),
                (
                    "SELECT a FROM t WHERE b IS (SELECT max(c) FROM u)",
                    "SELECT a FROM t WHERE b = (SELECT max(c) FROM u)",
                ),
                ("SELECT a IS b, c FROM t", "SELECT a = b, c FROM t"),
                (
                    "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE b IS NOT excluded.b",
                    "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE b != excluded.b",
                ),
            ],
        );
    }
}

#[test]
fn is_asks_for_a_state_where_it_always_did() {
    // SQLite's `IS x` makes the parser fail at first: the others are to stay what they are.
    for dialect in [Dialect::Sqlite, Dialect::Unknown] {
        for state in ["NULL", "NOT NULL", "TRUE", "NOT FALSE", "UNKNOWN"] {
            let sql = format!("SELECT a FROM t WHERE b IS {state} AND c IS d");
            assert_eq!(columns(dialect, &sql, ColumnRole::FilteredNull), ["t.b"], "{sql}");
        }
        let sql = "SELECT a FROM t WHERE b IS NOT DISTINCT FROM ? AND c IS DISTINCT FROM ? AND d IS e";
        assert_eq!(columns(dialect, sql, ColumnRole::FilteredEq), ["t.b", "t.d", "t.e"]);
        assert_eq!(columns(dialect, sql, ColumnRole::FilteredRange), ["t.c"]);
    }
}

#[test]
fn sqlite_has_operators_and_tables_of_its_own() {
    same(
        Dialect::Sqlite,
        &[
            ("SELECT a FROM t WHERE b NOT GLOB ?", "SELECT a FROM t WHERE b GLOB ?"),
            ("SELECT a FROM t WHERE b NOT MATCH ?", "SELECT a FROM t WHERE b MATCH ?"),
            ("SELECT a FROM t WHERE b NOT REGEXP ?", "SELECT a FROM t WHERE b GLOB ?"),
            ("SELECT a FROM t WHERE b IN u", "SELECT a FROM t WHERE b IN (SELECT * FROM u)"),
            (
                "SELECT a FROM t WHERE b NOT IN main.u AND c = ?",
                "SELECT a FROM t WHERE b NOT IN (SELECT * FROM main.u) AND c = ?",
            ),
            ("CREATE TABLE t (a) STRICT, WITHOUT ROWID", "CREATE TABLE t (a) STRICT"),
            ("CREATE TABLE t (a) WITHOUT ROWID, STRICT", "CREATE TABLE t (a) STRICT"),
            ("CREATE TABLE t (a, UNIQUE (a) ON CONFLICT IGNORE)", "CREATE TABLE t (a, UNIQUE (a))"),
            ("CREATE VIRTUAL TABLE f USING fts5(a, content='t')", "CREATE VIRTUAL TABLE f USING fts5(a)"),
        ],
    );
}

#[test]
fn postgres_has_calls_and_clauses_of_its_own() {
    same(
        Dialect::PostgreSql,
        &[
            ("SELECT f(a, VARIADIC ARRAY[b, $1]) FROM t", "SELECT f(a, ARRAY[b, $1]) FROM t"),
            ("SELECT jsonb_build_object(VARIADIC $1)", "SELECT jsonb_build_object($1)"),
            ("SELECT a FROM t GROUP BY DISTINCT ROLLUP(a, b)", "SELECT a FROM t GROUP BY ROLLUP(a, b)"),
            ("SELECT (f(a, $1)).* FROM t WHERE b = $2", "SELECT f(a, $1), * FROM t WHERE b = $2"),
            (
                "SELECT a FROM t WHERE b IN ((SELECT c FROM u)::int, $1) AND d = $2",
                "SELECT a FROM t WHERE b IN ($1, (SELECT c FROM u)::int) AND d = $2",
            ),
            (
                "INSERT INTO t (a) VALUES ($1) ON CONFLICT (lower(a)) DO UPDATE SET b = $2",
                "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2",
            ),
            ("UPDATE t SET a[1] = $1, b = $2 WHERE c = $3", "UPDATE t SET a = $1, b = $2 WHERE c = $3"),
            ("UPDATE t SET b = $1, a[1][2] = $2", "UPDATE t SET b = $1, a = $2"),
            ("UPDATE t SET a = $1 WHERE CURRENT OF c", "UPDATE t SET a = $1 WHERE TRUE"),
            ("DELETE FROM t WHERE CURRENT OF c", "DELETE FROM t WHERE TRUE"),
            (
                "SELECT t.a FROM t, ROWS FROM (f($1), g(t.b)) x WHERE t.c = $2",
                "SELECT t.a FROM t, h(f($1), g(t.b)) x WHERE t.c = $2",
            ),
            ("CREATE TABLE x (LIKE y INCLUDING ALL EXCLUDING INDEXES)", "CREATE TABLE x (LIKE y)"),
            ("DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX IF EXISTS i"),
            ("CREATE SEQUENCE s START WITH 1 INCREMENT BY 2", "CREATE SEQUENCE s"),
            ("ALTER ROLE a ENCRYPTED PASSWORD 'x'", "ALTER ROLE a PASSWORD 'x'"),
            ("FETCH FORWARD 5 c", "FETCH NEXT FROM c"),
            ("VACUUM (ANALYZE, VERBOSE) t", "VACUUM t"),
        ],
    );
    let partition = "ALTER TABLE IF EXISTS s.t ATTACH PARTITION s.p FOR VALUES FROM (1) TO (2)";
    assert_eq!(tables(Dialect::PostgreSql, partition), ["s.t", "s.p"]);
}

#[test]
fn mysql_has_words_of_its_own() {
    same(
        Dialect::MySql,
        &[
            ("SET @a := 1", "SET @a = 1"),
            ("SELECT CAST(a AS CHAR CHARACTER SET utf8mb4) FROM t", "SELECT CAST(a AS CHAR) FROM t"),
            ("SELECT CAST(a AS CHAR(10) CHARSET latin1) FROM t", "SELECT CAST(a AS CHAR(10)) FROM t"),
            ("SELECT CHAR(a, 65 USING utf8mb4) FROM t", "SELECT CHAR(a, 65) FROM t"),
            ("DELETE t1.*, t2.* FROM t1, t2 WHERE t1.a = t2.a", "DELETE t1, t2 FROM t1, t2 WHERE t1.a = t2.a"),
            ("DELETE t1.* FROM t1 JOIN t2 ON t1.a = t2.a", "DELETE t1 FROM t1 JOIN t2 ON t1.a = t2.a"),
            ("EXPLAIN EXTENDED SELECT a FROM t", "EXPLAIN SELECT a FROM t"),
            ("SELECT NEXT VALUE FOR s", "SELECT nextval()"),
            ("SELECT a FROM t FOR SYSTEM_TIME AS OF '2020-01-01' x WHERE b = ?", "SELECT a FROM t x WHERE b = ?"),
            ("SELECT a FROM t FOR SYSTEM_TIME BETWEEN 'a' AND 'b'", "SELECT a FROM t"),
            ("SELECT quick q FROM t", "SELECT quick AS q FROM t"),
            ("SELECT sql_no_cache q FROM t", "SELECT q FROM t"),
            ("SELECT a FROM t WHERE b = ? INTO OUTFILE 'x'", "SELECT a FROM t WHERE b = ?"),
            ("SELECT a, b INTO @a, @b FROM t LIMIT 1", "SELECT a, b FROM t LIMIT 1"),
            ("ALTER TABLE t ENGINE=InnoDB, ADD COLUMN a INT, COMMENT='x'", "ALTER TABLE t ADD COLUMN a INT"),
            ("ALTER TABLE t RENAME INDEX a TO b", "ALTER TABLE t DROP INDEX a"),
            (
                "CREATE TABLE t (a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (6))",
                "CREATE TABLE t (a INT)",
            ),
        ],
    );
}

#[test]
fn a_table_needs_no_brackets() {
    for dialect in [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
        same(
            dialect,
            &[
                ("SELECT * FROM (t) WHERE a = ?", "SELECT * FROM t WHERE a = ?"),
                ("SELECT * FROM ((t AS x)) WHERE x.a = ?", "SELECT * FROM t AS x WHERE x.a = ?"),
                ("SELECT * FROM (t), (u) WHERE t.a = u.b", "SELECT * FROM t, u WHERE t.a = u.b"),
                ("SELECT * FROM (t) JOIN (u) ON t.a = u.b", "SELECT * FROM t JOIN u ON t.a = u.b"),
                ("SELECT * FROM ((t) JOIN u ON t.a = u.b)", "SELECT * FROM (t JOIN u ON t.a = u.b)"),
                ("SELECT a IS DISTINCT FROM (b), (c) FROM (t)", "SELECT a IS DISTINCT FROM b, c FROM t"),
            ],
        );
    }
}

#[test]
fn a_column_called_rows_is_one() {
    for sql in [
        "SELECT count(*) AS rows FROM (SELECT a FROM t WHERE id = $1) x FOR NO KEY UPDATE",
        "SELECT count(*) rows FROM (t, u) WHERE id = $1",
    ] {
        assert!(Statement::new(sql, Dialect::PostgreSql).shape().is_some(), "{sql}");
    }
    same(Dialect::PostgreSql, &[("SELECT rows FROM (t) WHERE id = $1", "SELECT rows FROM t WHERE id = $1")]);
}

#[test]
fn a_name_is_no_word_of_a_statement() {
    // Something in each makes the parser fail at first.
    assert_eq!(tables(Dialect::PostgreSql, "ALTER TABLE sequence REPLICA IDENTITY FULL"), ["sequence"]);
    assert_eq!(tables(Dialect::MySql, "SELECT a FROM t USE INDEX FOR JOIN (i) WHERE b MOD 2 = 1"), ["t"]);
    assert_eq!(tables(Dialect::PostgreSql, "SELECT position('x' IN a) FROM t FOR KEY SHARE"), ["t"]);
    let sql = "SELECT isnull(a), next value FROM t LOCK IN SHARE MODE";
    assert_eq!(columns(Dialect::MySql, sql, ColumnRole::Projected), ["t.a", "t.next"]);
}

#[test]
fn a_name_without_end_is_read_once() {
    for start in ["SELECT ", "UPDATE t SET ", "SELECT a IN ", "SELECT * FROM ("] {
        for dialect in [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
            let statement = Statement::new(&format!("{start}{}", "a.b.".repeat(3800)), dialect);
            assert!(statement.shape().is_none());
        }
    }
}
