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
fn limits_are_known_with_their_literal() {
    assert_eq!(shape("SELECT * FROM t LIMIT 5").limit(), Some(5));
    assert_eq!(shape("SELECT * FROM t LIMIT 7").limit(), Some(7), "each text its own");
    assert_eq!(shape("SELECT * FROM `t` LIMIT 20, 10").limit(), Some(10));
    assert_eq!(shape("SELECT * FROM t LIMIT $1").limit(), None);
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
