//! Which names of a statement are columns, whose they are, and what they are used for.

use diesel_doctor_sql::Dialect::{self, MySql, PostgreSql, Sqlite, Unknown};
use diesel_doctor_sql::{BindRole, ColumnRole, Shape, Statement};

fn shape(sql: &str, dialect: Dialect) -> Shape {
    Statement::new(sql, dialect).shape().cloned().unwrap_or_else(|| panic!("no shape in {dialect:?}: {sql}"))
}

/// The columns that are not selected, as `role column`, in order of appearance.
fn used(sql: &str, dialect: Dialect) -> Vec<String> {
    let shape = shape(sql, dialect);
    let others = shape.columns().iter().filter(|used| used.role != ColumnRole::Projected);
    others.map(|used| format!("{} {}", word(used.role), used.column)).collect()
}

fn selected(sql: &str, dialect: Dialect) -> Vec<String> {
    shape(sql, dialect).columns_with(ColumnRole::Projected).map(ToString::to_string).collect()
}

fn single_key(sql: &str, dialect: Dialect) -> Option<String> {
    shape(sql, dialect).single_key().map(ToString::to_string)
}

fn word(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::FilteredEq => "eq",
        ColumnRole::FilteredIn => "in",
        ColumnRole::FilteredRange => "range",
        ColumnRole::FilteredPattern => "pattern",
        ColumnRole::FilteredFunction => "function",
        ColumnRole::FilteredNull => "null",
        ColumnRole::Joined => "joined",
        ColumnRole::Ordered => "ordered",
        ColumnRole::Grouped => "grouped",
        _ => "other",
    }
}

fn check(cases: &[(Dialect, &str, &[&str])]) {
    for (dialect, sql, expected) in cases {
        assert_eq!(used(sql, *dialect), *expected, "{dialect:?}: {sql}");
    }
}

#[test]
fn an_alias_of_the_select_list_is_no_column() {
    check(&[
        (PostgreSql, "SELECT date_trunc('day', a) AS day, count(*) AS n FROM t GROUP BY day ORDER BY n DESC, day", &[]),
        (PostgreSql, "SELECT a AS id FROM t WHERE b = $1 ORDER BY id", &["eq t.b", "ordered t.a"]),
        (PostgreSql, "SELECT lower(a) AS x FROM t ORDER BY (x)", &[]),
        (PostgreSql, "SELECT a AS x FROM t UNION SELECT b FROM u ORDER BY x", &["ordered x"]),
        (MySql, "SELECT count(*) total FROM t HAVING total > ?", &[]),
        (MySql, "SELECT json_extract(a, '$.x') x FROM t HAVING x = ?", &[]),
        (Sqlite, "SELECT a AS x FROM t WHERE x = ?", &[]),
        (Unknown, "SELECT a AS x FROM t WHERE x = ?", &[]),
    ]);
    assert_eq!(shape("SELECT count(*) total FROM t HAVING total > ?", MySql).bind_role(1), &BindRole::Other);
}

#[test]
fn a_clause_that_sees_no_aliases_names_columns() {
    check(&[
        (PostgreSql, "SELECT a AS x FROM t WHERE x = $1", &["eq t.x"]),
        (MySql, "SELECT a AS x FROM t WHERE x = ?", &["eq t.x"]),
        (PostgreSql, "SELECT a AS x FROM t ORDER BY lower(x)", &["ordered t.x"]),
        (PostgreSql, "SELECT count(*) AS n FROM t HAVING max(n) > $1", &["function t.n"]),
        (Sqlite, "SELECT id AS id FROM t WHERE id = ?", &["eq t.id"]),
        (Sqlite, "SELECT a AS x FROM t WHERE t.x = ?", &["eq t.x"]),
        (Sqlite, "SELECT lower(x) AS x FROM t WHERE x = ? GROUP BY x ORDER BY x", &["eq t.x", "grouped t.x"]),
        (MySql, "SELECT lower(x) AS x FROM t HAVING x = ?", &[]),
        (MySql, "SELECT timestampdiff(DAY, a, b) AS day FROM t GROUP BY day", &[]),
    ]);
}

#[test]
fn a_variable_is_a_value() {
    check(&[
        (MySql, "SELECT * FROM t WHERE id = @id", &["eq t.id"]),
        (MySql, "SELECT * FROM t WHERE id = @@session.foo", &["eq t.id"]),
    ]);
    assert_eq!(single_key("SELECT * FROM t WHERE id = @id", MySql).as_deref(), Some("t.id"));
    assert_eq!(selected("SELECT @rank := @rank + 1 AS r, a FROM t", MySql), ["t.a"]);
}

#[test]
fn names_that_are_no_columns() {
    for (dialect, sql, columns) in [
        (MySql, "SELECT timestampdiff(SECOND, a, b), timestampadd(MINUTE, 1, c) FROM t", &["t.a", "t.b", "t.c"][..]),
        (PostgreSql, "SELECT f(x => $1), f(x := $1), make_interval(days => $1), g(y => a) FROM t", &["t.a"]),
        (PostgreSql, "SELECT current_role, system_user, current_schema FROM t", &[]),
        (MySql, "SELECT utc_date, utc_timestamp, current_user FROM t", &[]),
        (MySql, "SELECT current_role FROM t", &["t.current_role"]),
        (PostgreSql, r#"SELECT "current_role" FROM t"#, &["t.current_role"]),
        (PostgreSql, "SELECT (u.address).city FROM users u", &["users.address"]),
        (PostgreSql, "SELECT u.tags[1], tags[a] FROM users u", &["users.tags", "users.a"]),
        (PostgreSql, "SELECT (u.places[1]).city FROM users u", &["users.places"]),
        (PostgreSql, "SELECT row_to_json(u) FROM users u", &[]),
        (PostgreSql, "SELECT u FROM users u", &[]),
        (MySql, "SELECT u FROM users u", &["users.u"]),
    ] {
        assert_eq!(selected(sql, dialect), columns, "{dialect:?}: {sql}");
    }
    check(&[
        (PostgreSql, "SELECT * FROM t WHERE owner = current_role", &["eq t.owner"]),
        (PostgreSql, "SELECT * FROM t WHERE a = DEFAULT", &["eq t.a"]),
        (PostgreSql, "SELECT * FROM users u WHERE (u.address).zip = $1", &["function users.address"]),
        (PostgreSql, "SELECT * FROM users u WHERE u IS NOT NULL", &[]),
        (PostgreSql, "SELECT * FROM token WHERE token = $1", &["eq token.token"]),
    ]);
}

#[test]
fn only_columns_of_two_tables_are_joined() {
    check(&[
        (PostgreSql, "SELECT * FROM t WHERE updated_at = created_at", &["eq t.updated_at", "eq t.created_at"]),
        (PostgreSql, "SELECT * FROM t WHERE t.a = t.b AND t.id = $1", &["eq t.a", "eq t.b", "eq t.id"]),
        (Sqlite, r#"SELECT * FROM t WHERE name = "bob""#, &["eq t.name", "eq t.bob"]),
        (PostgreSql, "SELECT * FROM a, b WHERE x = y", &["joined x", "joined y"]),
        (PostgreSql, "SELECT * FROM t x JOIN t y ON x.id = y.parent", &["joined t.id", "joined t.parent"]),
        (PostgreSql, "SELECT * FROM a.t, b.t WHERE a.t.id = b.t.id", &["joined t.id"]),
        (PostgreSql, "SELECT * FROM a.s.t, b.s.t WHERE a.s.t.id = b.s.t.id", &["joined t.id"]),
    ]);
    let schemas = "SELECT * FROM a.users, b.users WHERE a.users.id = b.users.id AND a.users.id = $1";
    assert_eq!(single_key(schemas, PostgreSql).as_deref(), Some("users.id"));
}

#[test]
fn a_bare_name_in_a_nested_query_may_be_of_an_outer_one() {
    check(&[
        (
            PostgreSql,
            "SELECT * FROM a WHERE EXISTS (SELECT 1 FROM (SELECT x FROM b WHERE b.k = c) s)",
            &["joined b.k", "joined c"],
        ),
        (
            PostgreSql,
            "SELECT * FROM a WHERE EXISTS (WITH s AS (SELECT x FROM b WHERE b.k = c) SELECT 1 FROM s)",
            &["joined b.k", "joined c"],
        ),
        (PostgreSql, "SELECT * FROM a, (SELECT x FROM b WHERE k = $1) s", &["eq b.k"]),
        (PostgreSql, "(SELECT a FROM t WHERE x = $1) UNION ALL (SELECT a FROM u WHERE y = $2)", &["eq t.x", "eq u.y"]),
        (PostgreSql, "SELECT EXISTS (SELECT 1 FROM t WHERE id = $1)", &["eq t.id"]),
        (
            Sqlite,
            "SELECT 1 FROM users u WHERE EXISTS (SELECT 1 FROM json_each(u.tags) u WHERE u.value = ?)",
            &["eq value"],
        ),
    ]);
}

#[test]
fn roles_follow_the_comparison() {
    check(&[
        (PostgreSql, "SELECT * FROM t WHERE id != ALL($1)", &["range t.id"]),
        (PostgreSql, "SELECT * FROM t WHERE id > ALL($1)", &["range t.id"]),
        (PostgreSql, "SELECT * FROM t WHERE id > ANY($1)", &["range t.id"]),
        (PostgreSql, "SELECT * FROM t WHERE id = ANY($1)", &["in t.id"]),
        (PostgreSql, "SELECT * FROM t WHERE (a, b) IN (SELECT 1, 2)", &["in t.a", "in t.b"]),
        (PostgreSql, "SELECT * FROM t WHERE (a, b) IN (($1, $2))", &["in t.a", "in t.b"]),
        (PostgreSql, "SELECT * FROM t WHERE (a, b) = ($1, $2)", &["eq t.a", "eq t.b"]),
        (PostgreSql, "SELECT * FROM t WHERE (a, b) > ($1, $2)", &["range t.a", "range t.b"]),
        (PostgreSql, "SELECT * FROM t WHERE (a, lower(b)) IN (SELECT 1, 2)", &["in t.a", "function t.b"]),
        (PostgreSql, "SELECT * FROM t WHERE NOT (a IN ($1, $2))", &["range t.a"]),
        (PostgreSql, "SELECT * FROM t WHERE a NOT IN ($1, $2)", &["range t.a"]),
        (PostgreSql, "SELECT * FROM t WHERE NOT (a NOT IN ($1, $2))", &["in t.a"]),
        (PostgreSql, "SELECT * FROM t WHERE NOT (a = $1)", &["range t.a"]),
        (PostgreSql, "SELECT * FROM t WHERE NOT (a = ANY($1))", &["range t.a"]),
    ]);
}

#[test]
fn binds_follow_the_comparison() {
    let bind = |sql: &str, number| {
        let role = format!("{:?}", shape(sql, PostgreSql).bind_role(number));
        role.split(['(', ' ']).next().unwrap_or_default().to_owned()
    };
    assert_eq!(bind("SELECT * FROM t WHERE NOT (a = $1)", 1), "Range");
    assert_eq!(bind("SELECT * FROM t WHERE (a, b) = ($1, $2)", 2), "Equals");
    assert_eq!(bind("SELECT * FROM t WHERE ($1::int IS NULL OR a = $1)", 1), "Equals", "an optional filter");
    assert_eq!(bind("SELECT * FROM t WHERE (a = $1 OR $1::int IS NULL)", 1), "Equals");
    for sql in ["SELECT * FROM t WHERE a = NOT $1", "SELECT * FROM t WHERE a = ~ $1"] {
        assert_eq!((bind(sql, 1).as_str(), single_key(sql, PostgreSql)), ("Other", None), "{sql}");
    }
    assert_eq!(single_key("SELECT * FROM t WHERE a = - $1", PostgreSql).as_deref(), Some("t.a"));
}

#[test]
fn a_look_up_has_no_other_condition_in_its_joins() {
    for (sql, key) in [
        ("SELECT * FROM a JOIN b ON a.id = b.aid WHERE a.id = $1", Some("a.id")),
        ("SELECT * FROM (a JOIN b ON (a.id = b.aid)) WHERE a.id = $1", Some("a.id")),
        ("SELECT * FROM a JOIN LATERAL (SELECT 1) b ON TRUE WHERE a.id = $1", Some("a.id")),
        ("SELECT * FROM a LEFT JOIN b ON a.id = b.aid AND b.k = $1 WHERE a.id = $2", Some("a.id")),
        ("SELECT * FROM a JOIN b ON a.id = b.aid AND b.k = $1 WHERE a.id = $2", None),
        ("SELECT * FROM (a JOIN b ON (a.id = b.aid AND b.k = $1)) WHERE a.id = $2", None),
        ("SELECT * FROM a JOIN b ON a.id = b.aid AND a.x = a.y WHERE a.id = $1", None),
        ("UPDATE t SET a = $1 FROM t u WHERE t.pid = u.id AND t.k = $2", Some("t.k")),
        ("UPDATE t SET a = $1 FROM t u WHERE t.pid = u.id AND u.k = $2", None),
        ("DELETE FROM t USING t u WHERE t.pid = u.id AND u.k = $1", None),
    ] {
        assert_eq!(single_key(sql, PostgreSql).as_deref(), key, "{sql}");
    }
}

#[test]
fn a_look_up_stays_one_beside_aliases_and_joins() {
    for (dialect, sql, key) in [
        (Sqlite, "SELECT p.id, lower(p.a) AS a FROM p JOIN u ON u.id = p.u_id WHERE a = ?", Some("a")),
        (PostgreSql, "SELECT u.a FROM u JOIN p ON p.u_id::text = u.id WHERE u.id = $1", Some("u.id")),
        (PostgreSql, "SELECT u.a FROM u JOIN p ON 1 = 1 WHERE u.id = $1", Some("u.id")),
        (PostgreSql, "SELECT u.a FROM u JOIN p ON p.u_id = u.id AND p.kind = $2 WHERE u.id = $1", None),
    ] {
        assert_eq!(single_key(sql, dialect).as_deref(), key, "{dialect:?}: {sql}");
    }
}
