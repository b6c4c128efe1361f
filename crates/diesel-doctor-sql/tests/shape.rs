//! What a shape says of a statement.

use diesel_doctor_sql::{BatchKind, BindRole, ColumnRole, Dialect, Operation, Shape, Statement};

fn shape(sql: &str) -> Shape {
    let dialect = if sql.contains('`') { Dialect::MySql } else { Dialect::PostgreSql };
    Statement::new(sql, dialect).shape().cloned().unwrap_or_else(|| panic!("no shape: {sql}"))
}

fn columns(sql: &str, role: ColumnRole) -> Vec<String> {
    shape(sql).columns_with(role).map(ToString::to_string).collect()
}

fn tables(sql: &str) -> Vec<String> {
    shape(sql).tables().iter().map(ToString::to_string).collect()
}

fn single_key(sql: &str) -> Option<String> {
    shape(sql).single_key().map(ToString::to_string)
}

fn bind(sql: &str, number: usize) -> String {
    format!("{:?}", shape(sql).bind_role(number)).split(['(', ' ']).next().unwrap_or_default().to_owned()
}

fn batch(sql: &str) -> Option<(BatchKind, Option<u32>)> {
    shape(sql).batched().map(|batch| (batch.kind, batch.len))
}

#[test]
fn tables_keep_schema_case_and_alias() {
    assert_eq!(tables(r#"SELECT * FROM public."Users" AS u, posts"#), ["public.Users", "posts"]);
    let shape = shape(r#"SELECT * FROM public."Users" AS u"#);
    assert_eq!(shape.tables()[0].schema.as_deref(), Some("public"));
    assert_eq!(shape.tables()[0].alias.as_deref(), Some("u"));
}

#[test]
fn only_is_no_table() {
    assert_eq!(tables("SELECT * FROM ONLY t"), ["t"]);
}

#[test]
fn a_common_table_expression_is_no_table() {
    assert_eq!(
        tables("WITH x AS (SELECT * FROM users) SELECT * FROM x JOIN posts ON x.id = posts.user_id"),
        ["users", "posts"]
    );
    assert_eq!(
        tables("WITH RECURSIVE x AS (SELECT 1 FROM users UNION ALL SELECT 1 FROM x) SELECT * FROM x"),
        ["users"]
    );
    assert_eq!(tables("WITH x AS (SELECT * FROM x) SELECT * FROM x"), ["x"], "the inner x is a table");
}

#[test]
fn a_look_up_by_one_key_is_known_however_it_is_written() {
    for sql in [
        "SELECT * FROM users WHERE id = $1",
        "SELECT * FROM users WHERE (id = $1)",
        "SELECT * FROM users WHERE $1 = id",
        "SELECT * FROM users u WHERE u.id = 42 LIMIT 1",
        "SELECT * FROM users WHERE id = $1::int",
        "SELECT * FROM `users` WHERE `users`.`id` = ?",
        "DELETE FROM users WHERE id = $1",
        "UPDATE users SET name = $1 WHERE id = $2",
    ] {
        assert_eq!(single_key(sql).as_deref(), Some("users.id"), "{sql}");
    }
}

#[test]
fn what_is_no_look_up_by_one_key() {
    for sql in [
        "SELECT * FROM users",
        "SELECT * FROM users WHERE id > $1",
        "SELECT * FROM users WHERE id = $1 AND name = $2",
        "SELECT * FROM users WHERE id = $1 OR id = $2",
        "SELECT * FROM users WHERE NOT id = $1",
        "SELECT * FROM users WHERE id IN ($1)",
        "SELECT * FROM users WHERE id = ANY($1)",
        "SELECT * FROM users WHERE id = parent_id",
        "SELECT * FROM users WHERE lower(name) = $1",
        "SELECT * FROM users WHERE id = (SELECT max(id) FROM users)",
        "SELECT id FROM users WHERE id = $1 UNION SELECT id FROM posts WHERE id = $1",
        "SELECT 1; SELECT * FROM users WHERE id = 1",
    ] {
        assert_eq!(single_key(sql), None, "{sql}");
    }
}

#[test]
fn key_filters_are_the_equalities_that_and_joins() {
    let shape = shape("SELECT * FROM t WHERE (a = $1 AND (b = $2)) AND c > $3");
    let keys: Vec<String> = shape.key_filters().iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["t.a", "t.b"]);
    assert!(shape.has_other_filters());
}

#[test]
fn columns_have_roles_and_their_own_table() {
    let sql = "SELECT u.name, count(p.id) FROM users u JOIN posts p ON p.user_id = u.id WHERE u.a = $1 AND p.b IN ($2, $3) AND p.c > $4 \
               AND u.d LIKE $5 AND lower(u.e) = $6 AND u.f IS NULL GROUP BY u.name ORDER BY p.g";
    let expected = [
        (ColumnRole::Projected, vec!["users.name", "posts.id"]),
        (ColumnRole::Joined, vec!["posts.user_id", "users.id"]),
        (ColumnRole::FilteredEq, vec!["users.a"]),
        (ColumnRole::FilteredIn, vec!["posts.b"]),
        (ColumnRole::FilteredRange, vec!["posts.c"]),
        (ColumnRole::FilteredPattern, vec!["users.d"]),
        (ColumnRole::FilteredFunction, vec!["users.e"]),
        (ColumnRole::FilteredNull, vec!["users.f"]),
        (ColumnRole::Grouped, vec!["users.name"]),
        (ColumnRole::Ordered, vec!["posts.g"]),
    ];
    for (role, names) in expected {
        assert_eq!(columns(sql, role), names, "{role:?}");
    }
}

#[test]
fn a_column_whose_table_is_not_certain_has_none() {
    assert_eq!(columns("SELECT name FROM users, posts", ColumnRole::Projected), ["name"]);
    assert_eq!(columns("SELECT x.name FROM (SELECT 1) x", ColumnRole::Projected), ["name"]);
    assert_eq!(columns("SELECT name FROM users", ColumnRole::Projected), ["users.name"]);
}

#[test]
fn binds_are_known_by_what_they_stand_for() {
    let sql = "SELECT * FROM t WHERE a = $2 AND b IN ($3, $4, $5) AND c < $1 AND d LIKE $6 LIMIT $7 OFFSET $8";
    let roles = ["Range", "Equals", "InList", "InList", "InList", "Pattern", "Limit", "Offset", "Other"];
    for (at, role) in roles.iter().enumerate() {
        assert_eq!(bind(sql, at + 1), *role, "${}", at + 1);
    }
    assert_eq!(bind("SELECT * FROM t WHERE a = ANY($1)", 1), "AnyArray");
    assert_eq!(bind("UPDATE t SET a = $1 WHERE b = $2", 1), "Assigned");
    assert_eq!(bind("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)", 4), "Cell");
    assert_eq!(bind("SELECT * FROM `t` LIMIT ?, ?", 1), "Offset");
    assert_eq!(bind("SELECT * FROM `t` LIMIT ?, ?", 2), "Limit");
    assert_eq!(bind("SELECT * FROM t WHERE a = 'x' AND b = $1", 1), "Equals");
}

#[test]
fn a_bind_role_names_its_column() {
    let shape = shape("SELECT * FROM users u WHERE u.id = $1");
    let BindRole::Equals(column) = shape.bind_role(1) else { panic!("{:?}", shape.bind_role(1)) };
    assert_eq!(column.to_string(), "users.id");
}

#[test]
fn batches_are_counted() {
    assert_eq!(batch("SELECT * FROM t WHERE a IN ($1, $2, $3)"), Some((BatchKind::InList, Some(3))));
    assert_eq!(batch("SELECT * FROM t WHERE a IN ($1)"), Some((BatchKind::InList, Some(1))));
    assert_eq!(batch("SELECT * FROM t WHERE a = ANY($1)"), Some((BatchKind::AnyArray, None)));
    assert_eq!(batch("SELECT * FROM t WHERE a = ANY(ARRAY[$1, $2])"), Some((BatchKind::AnyArray, Some(2))));
    assert_eq!(batch("INSERT INTO t VALUES ($1), ($2), ($3), ($4)"), Some((BatchKind::MultiRowValues, Some(4))));
    assert_eq!(batch("INSERT INTO t VALUES ($1)"), None);
    assert_eq!(batch("SELECT * FROM t WHERE a NOT IN ($1, $2)"), None);
    assert_eq!(batch("SELECT * FROM t WHERE a IN (SELECT b FROM u WHERE c IN (1, 2))"), None);
    let after_another_list = "SELECT (b IN (1, 2)) FROM t WHERE a IN ($1, $2, $3, $4, $5)";
    assert_eq!(batch(after_another_list), Some((BatchKind::InList, Some(5))));
}

#[test]
fn a_batch_is_counted_by_its_own_list() {
    use BatchKind::{AnyArray, InList, MultiRowValues};
    for (sql, expected) in [
        ("INSERT INTO t (a, b) VALUES (ARRAY[$1, $2], $3)", None),
        ("INSERT INTO t (a, b) VALUES (ARRAY[$1, $2, $3], $4), (ARRAY[$5], $6)", Some((MultiRowValues, 2))),
        ("INSERT INTO t (a, b) VALUES (a IN ($1, $2, $3), $4)", None),
        ("INSERT INTO t (a) VALUES (lower($1)), (lower($2))", Some((MultiRowValues, 2))),
        ("INSERT INTO `t` VALUES ROW(1, 2), ROW(3, 4), ROW(5, 6)", Some((MultiRowValues, 3))),
        ("INSERT INTO `t` VALUE (1, 2), (3, 4)", Some((MultiRowValues, 2))),
        ("SELECT * FROM t WHERE a IN (f(ARRAY[$1, $2, $3]), $4)", Some((InList, 2))),
        ("SELECT * FROM t WHERE a IN (ARRAY[$1, $2], ARRAY[$3, $4], $5)", Some((InList, 3))),
        ("SELECT * FROM t WHERE a IN (lower($1), lower($2))", Some((InList, 2))),
        ("SELECT * FROM t WHERE (a, b) IN (($1, $2), ($3, $4))", Some((InList, 2))),
        ("SELECT * FROM t WHERE a IN (CASE WHEN b IN (1, 2, 3) THEN 1 END, $1)", Some((InList, 2))),
        ("SELECT * FROM t WHERE a IN ($1, (SELECT max(b) FROM u WHERE c IN (1, 2, 3)))", Some((InList, 2))),
        ("SELECT * FROM t WHERE (a, b IN (1, 2, 3)) IN (($1, $2), ($3, $4))", Some((InList, 2))),
        ("SELECT * FROM t WHERE a IN (b, c)", None),
        ("SELECT * FROM t WHERE a IN (b + 1, c)", None),
        ("SELECT * FROM t WHERE a = ANY(ARRAY[f($1), $2])", Some((AnyArray, 2))),
        ("SELECT * FROM t WHERE a = ANY(ARRAY[$1, $2, $3]::int[])", Some((AnyArray, 3))),
        ("SET STATEMENT max_statement_time=1 FOR SELECT * FROM `t` WHERE a IN (1, 2, 3)", Some((InList, 3))),
    ] {
        assert_eq!(batch(sql), expected.map(|(kind, len)| (kind, Some(len))), "{sql}");
    }
}

#[test]
fn limits_are_known_with_their_literal() {
    assert_eq!(shape("SELECT * FROM t LIMIT 5").limit(), Some(5));
    assert_eq!(shape("SELECT * FROM t LIMIT 7").limit(), Some(7), "each text its own");
    assert_eq!(shape("SELECT * FROM `t` LIMIT 20, 10").limit(), Some(10));
    assert_eq!(shape("SELECT * FROM t LIMIT $1").limit(), None);
    assert_eq!(shape("SELECT * FROM t LIMIT 5 + 5").limit(), None);
    assert_eq!(shape("SELECT * FROM a LIMIT 5; SELECT * FROM b LIMIT $1").limit(), None);
    assert_eq!(shape("DELETE FROM `t` LIMIT 5").limit(), Some(5));
    assert!(shape("SELECT * FROM t LIMIT $1").has_limit());
    assert!(shape("SELECT * FROM t FETCH FIRST 5 ROWS ONLY").has_limit());
    assert!(!shape("SELECT * FROM (SELECT * FROM t LIMIT 5) x").has_limit());
    assert!(shape("SELECT * FROM t OFFSET 5").has_offset());
}

#[test]
fn clauses_are_noted() {
    for sql in
        ["SELECT * FROM t FOR UPDATE", "SELECT * FROM t FOR NO KEY UPDATE", "SELECT * FROM t FOR KEY SHARE SKIP LOCKED"]
    {
        assert!(shape(sql).locking(), "{sql}");
    }
    assert!(shape("SELECT * FROM `t` LOCK IN SHARE MODE").locking());
    assert!(!shape("SELECT * FROM t").locking());
    assert!(shape("INSERT INTO t VALUES (1) RETURNING id").returning());
    assert!(shape("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING").on_conflict());
    assert!(shape("INSERT INTO `t` VALUES (1) ON DUPLICATE KEY UPDATE a = 1").on_conflict());
    assert!(shape("SELECT DISTINCT a FROM t").distinct());
    assert!(!shape("SELECT ALL a FROM t").distinct());
    assert!(shape("SELECT count(*) FROM t").single_row_aggregate());
    assert!(!shape("SELECT count(*) FROM t GROUP BY a").single_row_aggregate());
    assert!(!shape("SELECT count(*) OVER () FROM t").single_row_aggregate());
    assert!(shape("SELECT * FROM t").selects_star());
    assert!(!shape("SELECT count(*) FROM t").selects_star());
    assert!(shape("DELETE FROM t WHERE a > 1").has_filter());
    assert!(!shape("DELETE FROM t").has_filter());
    assert_eq!(shape("SELECT (SELECT 1) FROM t WHERE a IN (SELECT b FROM u)").subqueries(), 2);
}

#[test]
fn writes_name_their_target() {
    let target = |sql: &str| shape(sql).write_target().map(ToString::to_string);
    assert_eq!(target("INSERT INTO s.t (a) SELECT b FROM u").as_deref(), Some("s.t"));
    assert_eq!(target("UPDATE t SET a = 1 FROM u WHERE t.id = u.id").as_deref(), Some("t"));
    assert_eq!(target("DELETE FROM t USING u WHERE t.id = u.id").as_deref(), Some("t"));
    assert_eq!(target("COPY t (a) FROM STDIN").as_deref(), Some("t"));
    assert_eq!(target("COPY t (a) TO STDOUT"), None);
    assert_eq!(target("SELECT * FROM t"), None);
    assert_eq!(columns("INSERT INTO t (a, b) VALUES (1, 2)", ColumnRole::Written), ["t.a", "t.b"]);
    assert_eq!(columns("UPDATE t SET a = 1, b = b + 1", ColumnRole::Written), ["t.a", "t.b"]);
}

#[test]
fn the_summary_follows_the_source() {
    for (sql, summary) in [
        ("SELECT * FROM songs, artists", "SELECT songs artists"),
        ("INSERT INTO shipping (a) SELECT b FROM orders", "INSERT shipping SELECT orders"),
        ("SELECT a FROM (SELECT * FROM orders o JOIN customers c ON o.id = c.id) x", "SELECT SELECT orders customers"),
        ("SELECT (SELECT max(id) FROM a) FROM b", "SELECT SELECT a b"),
        ("UPDATE t SET a = 1", "UPDATE t"),
        ("DELETE FROM s.t", "DELETE s.t"),
        ("CREATE TABLE t (a int)", "CREATE TABLE t"),
        ("DROP TABLE t", "DROP TABLE t"),
        ("BEGIN", "BEGIN"),
        ("SAVEPOINT a", "SAVEPOINT"),
        ("SELECT 1", "SELECT"),
    ] {
        assert_eq!(Statement::new(sql, Dialect::PostgreSql).summary(), summary, "{sql}");
    }
    let many: Vec<String> = (0..100).map(|n| format!("a_rather_long_table_{n}")).collect();
    let statement = Statement::new(&format!("SELECT * FROM {}", many.join(", ")), Dialect::PostgreSql);
    assert!(statement.summary().len() <= 255);
    assert!(many.iter().any(|name| statement.summary().ends_with(name.as_str())), "no name is cut");
}

#[test]
fn the_operation_is_known_at_every_level() {
    for (sql, operation) in [
        ("SELECT 1", Operation::Select),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", Operation::Insert),
        ("INSERT INTO t VALUES ('", Operation::Insert),
        ("update t set ,,,", Operation::Update),
        ("ROLLBACK TO SAVEPOINT x", Operation::RollbackTo),
        ("ROLLBACK", Operation::Rollback),
        ("/* x */ DELETE FROM t", Operation::Delete),
        ("CREATE TABLE t (a int)", Operation::Ddl),
        ("VACUUM", Operation::Maintenance),
        ("", Operation::Other),
        ("frobnicate", Operation::Other),
    ] {
        assert_eq!(Statement::new(sql, Dialect::PostgreSql).operation(), operation, "{sql}");
    }
}

fn shape_of(sql: &str, dialect: Dialect) -> Shape {
    Statement::new(sql, dialect).shape().cloned().unwrap_or_else(|| panic!("no shape in {dialect:?}: {sql}"))
}

fn target_of(sql: &str, dialect: Dialect) -> Option<String> {
    shape_of(sql, dialect).write_target().map(ToString::to_string)
}

#[test]
fn a_write_in_a_common_table_expression_is_not_the_statement() {
    let two = shape("WITH d AS (DELETE FROM a WHERE id = $1 RETURNING *) DELETE FROM b");
    assert_eq!(two.write_target().map(ToString::to_string).as_deref(), Some("b"));
    assert_eq!((two.has_filter(), two.returning(), two.single_key()), (false, false, None));
    assert_eq!(two.writes().iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);

    let insert = shape("WITH d AS (UPDATE a SET x = 1 WHERE id = $1 RETURNING *) INSERT INTO b SELECT * FROM d");
    assert_eq!(insert.write_target().map(ToString::to_string).as_deref(), Some("b"));
    assert_eq!((insert.has_filter(), insert.returning(), insert.operation()), (false, false, Operation::Insert));

    let read = shape("WITH n AS (INSERT INTO a VALUES (1), (2) RETURNING *) SELECT * FROM n");
    assert_eq!(read.batched(), None);
    assert_eq!(read.write_target().map(ToString::to_string).as_deref(), Some("a"), "the one table that is written");

    let own = shape("WITH d AS (SELECT 1) DELETE FROM b WHERE id = $1 RETURNING *");
    assert_eq!(own.single_key().map(ToString::to_string).as_deref(), Some("b.id"));
    assert!(own.has_filter() && own.returning());

    let several = shape("WITH d AS (DELETE FROM a), e AS (DELETE FROM b) SELECT 1");
    assert_eq!((several.write_target(), several.writes().len()), (None, 2));
}

#[test]
fn modifiers_of_mysql_are_no_tables() {
    for dialect in [Dialect::MySql, Dialect::Unknown] {
        for sql in [
            "UPDATE IGNORE t SET a = 1 WHERE id = ?",
            "UPDATE LOW_PRIORITY t SET a = 1 WHERE id = ?",
            "UPDATE LOW_PRIORITY IGNORE t SET a = 1 WHERE id = ?",
            "DELETE QUICK FROM t WHERE id = ?",
            "DELETE IGNORE FROM t WHERE id = ?",
            "INSERT IGNORE INTO t (id) VALUES (?)",
        ] {
            assert_eq!(target_of(sql, dialect).as_deref(), Some("t"), "{dialect:?}: {sql}");
        }
        let select = shape_of("SELECT SQL_NO_CACHE * FROM t WHERE id = ?", dialect);
        assert_eq!(select.tables()[0].name, "t");
        assert!(select.selects_star());
        assert_eq!(shape_of("SELECT quick FROM t", dialect).columns().len(), 1, "a column");
    }
    assert_eq!(target_of("UPDATE ignore SET a = 1", Dialect::PostgreSql).as_deref(), Some("ignore"));
}

#[test]
fn of_several_tables_the_one_that_is_written_is_the_target() {
    let target = |sql| target_of(sql, Dialect::MySql);
    assert_eq!(target("DELETE u FROM t JOIN u ON t.id = u.id WHERE t.a = 1").as_deref(), Some("u"));
    assert_eq!(target("DELETE x FROM t JOIN u AS x ON t.id = x.id").as_deref(), Some("u"));
    assert_eq!(target("DELETE t, u FROM t JOIN u ON t.id = u.id"), None);
    assert_eq!(target("UPDATE t JOIN u ON t.id = u.id SET u.a = 1").as_deref(), Some("u"));
    assert_eq!(target("UPDATE t, u SET u.a = 1 WHERE t.id = u.id").as_deref(), Some("u"));
    assert_eq!(target("UPDATE t JOIN u ON t.id = u.id SET t.a = 1, u.b = 2"), None);
    assert_eq!(target("UPDATE t JOIN u ON t.id = u.id SET a = 1"), None);
    let written = shape_of("UPDATE t JOIN u ON t.id = u.id SET u.a = 1", Dialect::MySql);
    assert_eq!(written.columns_with(ColumnRole::Written).map(ToString::to_string).collect::<Vec<_>>(), ["u.a"]);
}

#[test]
fn what_reads_has_no_target() {
    for sql in ["COPY (SELECT * FROM t) TO STDOUT", "DECLARE c CURSOR FOR SELECT * FROM t WHERE a = 1", "LOCK TABLE t"]
    {
        let shape = shape(sql);
        assert_eq!(shape.write_target(), None, "{sql}");
        assert_eq!(shape.tables()[0].name, "t", "{sql}");
    }
    assert_eq!(target_of("COPY t FROM STDIN", Dialect::PostgreSql).as_deref(), Some("t"));
}

#[test]
fn several_statements_are_read_one_by_one() {
    let summary = |sql| Statement::new(sql, Dialect::PostgreSql).summary().to_owned();
    assert_eq!(summary("BEGIN; UPDATE t SET a = 1; COMMIT"), "BEGIN UPDATE t COMMIT");
    assert_eq!(summary("CREATE TABLE a (x int); CREATE TABLE b (x int)"), "CREATE TABLE a CREATE TABLE b");
    assert_eq!(summary("COPY t FROM STDIN; DELETE FROM u"), "COPY t DELETE u");
    assert_eq!(tables("COPY t FROM STDIN; DELETE FROM u"), ["t", "u"]);
    let operation = |sql| Statement::new(sql, Dialect::PostgreSql).operation();
    assert_eq!(operation("ROLLBACK; ALTER TABLE a RENAME TO b"), Operation::Rollback);
    assert_eq!(target_of("UPDATE t SET a = 1; UPDATE u SET a = 1", Dialect::PostgreSql), None);
    assert_eq!(target_of("BEGIN; UPDATE t SET a = 1; COMMIT", Dialect::PostgreSql).as_deref(), Some("t"));
    assert_eq!(bind("SELECT $1; SELECT * FROM t WHERE a = $2", 2), "Equals");
}

#[test]
fn replace_is_replace() {
    for dialect in [Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
        let statement = Statement::new("REPLACE INTO users (a) VALUES (1)", dialect);
        assert_eq!((statement.operation(), statement.summary()), (Operation::Replace, "REPLACE users"));
    }
    for dialect in [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
        let statement = Statement::new("WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x", dialect);
        assert_eq!(statement.operation(), Operation::Replace);
    }
}

#[test]
fn a_filter_by_two_columns_is_a_filter() {
    let both = shape("SELECT * FROM users WHERE id = $1 AND manager_id = backup_id");
    assert_eq!((both.single_key(), both.has_other_filters()), (None, true));
    let join = shape("SELECT * FROM users u, posts p WHERE p.user_id = u.id AND u.id = $1");
    assert_eq!(join.single_key().map(ToString::to_string).as_deref(), Some("users.id"), "a join is none");
    assert_eq!(single_key(r#"SELECT * FROM t WHERE "user" = $1"#).as_deref(), Some("t.user"));
    assert_eq!(single_key("SELECT * FROM t WHERE user = $1"), None, "a function");
}

#[test]
fn names_that_are_words_of_the_parser_are_names() {
    for name in ["directory", "local", "top", "trim", "replace", "transaction", "filter", "match", "order", "user"] {
        for dialect in [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown] {
            let quote = if dialect == Dialect::MySql { '`' } else { '"' };
            let table = format!("{quote}{name}{quote}");
            for sql in [
                format!("SELECT {table}.{quote}id{quote} FROM {table} WHERE {table}.{table} = ?"),
                format!("INSERT INTO {table} ({table}) VALUES (?)"),
                format!("UPDATE {table} SET {table} = ? WHERE {table}.{table} = ?"),
                format!("DELETE FROM {table} WHERE {table}.{table} = ?"),
            ] {
                let shape = shape_of(&sql, dialect);
                assert_eq!(shape.tables()[0].name, name, "{dialect:?}: {sql}");
            }
        }
    }
}

#[test]
fn aggregates_may_stand_in_expressions() {
    for sql in ["SELECT coalesce(sum(a), 0) FROM t", "SELECT max(a) + 1 FROM t", "SELECT stddev(a) FROM t"] {
        assert!(shape(sql).single_row_aggregate(), "{sql}");
    }
    assert!(!shape("SELECT (SELECT max(a) FROM u) FROM t").single_row_aggregate());
    assert!(!shape("SELECT lower(a) FROM t").single_row_aggregate());
}

#[test]
fn an_aggregate_of_many_rows_is_none() {
    for (dialect, sql, single) in [
        (Dialect::Sqlite, "SELECT max(a) FROM t", true),
        (Dialect::Sqlite, "SELECT max(a, b) FROM t", false),
        (Dialect::Sqlite, "SELECT min(a, ?) FROM t", false),
        (Dialect::MySql, "SELECT any_value(a) FROM t", false),
        (Dialect::PostgreSql, "SELECT any_value(a) FROM t", true),
        (Dialect::PostgreSql, "SELECT unnest(array_agg(a)) FROM t", false),
        (Dialect::PostgreSql, "SELECT count(*), generate_series(1, 3) FROM t", false),
        (Dialect::PostgreSql, "SELECT count(*), (SELECT unnest($1) LIMIT 1) FROM t", true),
    ] {
        assert_eq!(shape_of(sql, dialect).single_row_aggregate(), single, "{dialect:?}: {sql}");
    }
}

#[test]
fn a_settings_statement_of_mariadb_is_the_statement_behind_it() {
    let statement = Statement::new("SET STATEMENT max_statement_time=1 FOR DELETE FROM u WHERE id = ?", Dialect::MySql);
    assert_eq!(statement.operation(), Operation::Delete);
    assert_eq!(statement.shape().and_then(Shape::write_target).map(ToString::to_string).as_deref(), Some("u"));
}

#[test]
fn the_summary_names_what_is_called_and_quotes_spaces() {
    for (sql, summary) in [
        ("CALL do_it($1)", "CALL do_it"),
        (r#"SELECT * FROM "my table""#, r#"SELECT "my table""#),
        ("COMMENT ON TABLE t IS 'x'", "COMMENT"),
        ("REINDEX TABLE users", "REINDEX"),
    ] {
        assert_eq!(Statement::new(sql, Dialect::PostgreSql).summary(), summary, "{sql}");
    }
}

#[test]
fn a_text_that_is_not_read_to_its_end_has_no_shape() {
    for sql in ["SELECT CASE WHEN a THEN 1 END END FROM t", "SELECT a FROM t END"] {
        let statement = Statement::new(sql, Dialect::Sqlite);
        assert!(statement.shape().is_none_or(|shape| shape.tables().len() == 1), "{sql}");
    }
}

#[test]
fn a_value_is_no_table() {
    let statement = Statement::new(r#"SELECT * FROM "first""#, Dialect::MySql);
    assert!(statement.shape().is_none_or(|shape| shape.tables().is_empty()), "a string in MySQL");
    assert!(!statement.summary().contains('$'), "{}", statement.summary());
}
