//! Connections that are one of several kinds (`#[derive(MultiConnection)]`), watched by default: process-wide, so in a binary of its own.

#![expect(missing_docs, reason = "the derive writes no documentation for what it makes public")]

use diesel::prelude::*;
use diesel_doctor::{ConnectionExt as _, Dialect, DoctorInstrumentation, diagnose, health, install};
use diesel_doctor_tests::blog::{self, posts, users, warnings};
use diesel_doctor_tests::events::server;

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

fn connect(url: &str, id: &str) -> AnyConnection {
    let mut conn = AnyConnection::establish(url).unwrap();
    blog::prepare(&mut conn, id);
    conn
}

#[test]
fn it_is_watched_once_and_speaks_the_language_of_its_address() {
    install().unwrap();
    let failed = health().connections_failed;
    let before = health().connections;
    let kinds = [
        (connect(&server("TEST_POSTGRES_URL"), "SERIAL PRIMARY KEY"), Dialect::PostgreSql),
        (connect(":memory:", "INTEGER PRIMARY KEY"), Dialect::Sqlite),
    ];
    assert_eq!(health().connections_failed, failed + 1, "no PostgreSQL server is called :memory:");
    assert_eq!(health().connections, before + 2, "one that failed is none");

    for (mut conn, dialect) in kinds {
        let line = line!() + 4;
        let ((), report) = diagnose("page", || {
            let ids: Vec<i32> = posts::table.select(posts::user_id).distinct().load(&mut conn).unwrap();
            for id in ids {
                let _: String = users::table.find(id).select(users::name).first(&mut conn).unwrap();
            }
        });
        report.assert_queries(11);
        assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
        let evidence = report.evidence();
        assert_eq!(evidence.connections.len(), 1);
        assert_eq!((evidence.connections[0].label.as_str(), evidence.connections[0].dialect), ("main", dialect));
        assert_eq!((evidence.unfinished, evidence.not_parsed), (0, 0), "{report}");

        let ((), fixed) = diagnose("page", || {
            let ids: Vec<i32> = posts::table.select(posts::user_id).distinct().load(&mut conn).unwrap();
            let _: Vec<String> =
                users::table.filter(users::id.eq_any(ids)).select(users::name).load(&mut conn).unwrap();
        });
        fixed.assert_queries(2);
        fixed.assert_clean();

        // One that was opened before it was watched has told no address: only the one inside knows what it speaks.
        conn.set_instrumentation(DoctorInstrumentation::new());
        let ((), unknown) = diagnose("page", || conn.doctor("main").unwrap());
        assert_eq!(unknown.evidence().connections[0].dialect, Dialect::Unknown);
        let ((), known) = diagnose("page", || match &mut conn {
            AnyConnection::Postgres(inner) => inner.doctor("main").unwrap(),
            AnyConnection::Sqlite(inner) => inner.doctor("main").unwrap(),
        });
        assert_eq!(known.evidence().connections[0].dialect, dialect);
    }
}
