//! What comes before the program's own queries: migrations, and fixtures.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_doctor_tests::blog::{diagnose, users, warnings};

use super::super::{Conn, open};

diesel::table! {
    #[sql_name = "__diesel_schema_migrations"]
    applied (version) {
        version -> Text,
    }
}

const MIGRATIONS: [(&str, &str); 4] = [
    ("001", "CREATE TEMPORARY TABLE tags (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)"),
    ("002", "-- They are looked up by name.\nCREATE INDEX tags_name ON tags (name)"),
    ("003", "ALTER TABLE tags ADD COLUMN weight INTEGER; INSERT INTO tags (id, name) VALUES (1, 'new')"),
    ("004", "DROP TABLE tags"),
];

/// Does what `run_pending_migrations` of `diesel_migrations` does. Returns how many were pending.
fn migrate(conn: &mut Conn) -> usize {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS __diesel_schema_migrations
            (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    )
    .unwrap();
    let done: Vec<String> = applied::table.select(applied::version).order(applied::version.desc()).load(conn).unwrap();
    let pending = MIGRATIONS.iter().filter(|(name, _)| !done.iter().any(|done| done == name));
    let run = |(name, up): &(&str, &str)| {
        conn.transaction(|conn| {
            conn.batch_execute(up)?;
            diesel::insert_into(applied::table).values(applied::version.eq(name)).execute(conn)
        })
        .unwrap()
    };
    pending.map(run).sum()
}

#[test]
fn migrations_are_set_up_and_no_queries() {
    let conn = &mut open();
    let (pending, report) = diagnose(|| (migrate(conn), migrate(conn)));
    assert_eq!(pending, (4, 0));
    report.assert_queries(0);
    report.assert_clean();
    let evidence = report.evidence();
    // Twice the table and a look into it, and each migration with its entry.
    assert_eq!((evidence.setup_statements, evidence.transaction_statements), (2 * 2 + 4 * 2, 4 * 2), "{report}");

    let ((), report) = diagnose(|| {
        migrate(conn);
        users::table.count().get_result::<i64>(conn).unwrap();
    });
    report.assert_queries(1);
}

#[test]
fn fixtures_count_only_inside_the_scope() {
    let conn = &mut open();
    let mut seed = |from: i32| {
        for n in from..from + 5 {
            diesel::insert_into(users::table).values(users::name.eq(format!("fixture {n}"))).execute(conn).unwrap();
        }
    };
    seed(0);
    let ((), inside) = diagnose(|| seed(5));
    assert_eq!((inside.query_count(), warnings(&inside).len()), (5, 1), "{inside}");
    let (count, after) = diagnose(|| users::table.count().get_result(conn));
    assert_eq!(count, Ok(20));
    after.assert_queries(1);
    after.assert_clean();
}
