//! The scenarios on PostgreSQL.

use diesel::prelude::*;
use diesel_doctor_tests::blog;
use diesel_doctor_tests::events::server;

type Conn = diesel::pg::PgConnection;

fn open() -> Conn {
    let mut conn = Conn::establish(&server("TEST_POSTGRES_URL")).unwrap();
    blog::prepare(&mut conn, "SERIAL PRIMARY KEY");
    conn
}

/// The schema of temporary tables.
const SCHEMA: &str = "pg_temp";

/// Inserts a post, and returns its id.
fn insert_post(user_id: i32, conn: &mut Conn) -> i32 {
    let row = (blog::posts::user_id.eq(user_id), blog::posts::title.eq("new"));
    diesel::insert_into(blog::posts::table).values(row).returning(blog::posts::id).get_result(conn).unwrap()
}

#[path = "scenarios/mod.rs"]
mod scenarios;

mod only_here {
    use std::io::{Read as _, Write as _};

    use diesel::connection::SimpleConnection as _;
    use diesel::dsl::sql;
    use diesel::expression::AsExpression;
    use diesel::pg::{Pg, PgRowByRowLoadingMode};
    use diesel::query_builder::QueryId;
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::{Integer, SqlType, Text};
    use diesel_doctor_tests::blog::{TEN_THOUSAND_ROWS, comments, diagnose, posts, users, warnings};

    use super::*;

    #[derive(SqlType, QueryId)]
    #[diesel(postgres_type(name = "mood"))]
    struct MoodType;

    #[derive(Clone, Copy, Debug, AsExpression)]
    #[diesel(sql_type = MoodType)]
    struct Glad;

    impl ToSql<MoodType, Pg> for Glad {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(b"glad")?;
            Ok(IsNull::No)
        }
    }

    #[test]
    fn a_look_up_of_a_type_is_counted_apart_and_the_query_around_it_is_complete() {
        let conn = &mut open();
        conn.begin_test_transaction().unwrap();
        conn.batch_execute("CREATE TYPE mood AS ENUM ('glad', 'sad')").unwrap();
        let ((), report) = diagnose(|| {
            for _ in 0..2 {
                let same = sql::<diesel::sql_types::Bool>("'glad' = ").bind::<MoodType, _>(Glad);
                assert_eq!(diesel::select(same).get_result(conn), Ok(true));
            }
        });
        let evidence = report.evidence();
        assert_eq!((report.query_count(), evidence.type_lookups), (2, 1), "{report}");
        assert_eq!((evidence.unfinished, evidence.failed), (0, 0), "{report}");
        assert!(evidence.database_time > std::time::Duration::ZERO);
    }

    #[test]
    fn a_list_is_one_bind_and_its_length_is_known_all_the_same() {
        let conn = &mut open();
        let ids = |n: i32| (1..=n).collect::<Vec<_>>();
        let ((), batches) = diagnose(|| {
            for n in 2..=6 {
                let _: Vec<i32> =
                    posts::table.filter(posts::user_id.eq_any(ids(n))).select(posts::id).load(conn).unwrap();
            }
        });
        assert_eq!(batches.query_count(), 5);
        batches.assert_clean();
        let ((), singles) = diagnose(|| {
            for n in 2..=6 {
                let _: Vec<i32> =
                    posts::table.filter(posts::user_id.eq_any(vec![n])).select(posts::id).load(conn).unwrap();
            }
        });
        assert_eq!(warnings(&singles).len(), 1, "{singles}");
    }

    #[test]
    fn rows_one_by_one_are_one_query_also_when_not_all_are_read() {
        let conn = &mut open();
        let (rows, report) = diagnose(|| {
            sql::<Integer>(TEN_THOUSAND_ROWS).load_iter::<i32, PgRowByRowLoadingMode>(conn).unwrap().count()
        });
        assert_eq!(rows, 10_000);
        report.assert_queries(1);
        assert_eq!((report.evidence().unfinished, report.evidence().failed), (0, 0));
        let ((), report) = diagnose(|| {
            let mut rows = comments::table.select(comments::id).load_iter::<i32, PgRowByRowLoadingMode>(conn).unwrap();
            assert!(rows.next().is_some());
        });
        report.assert_queries(1);
        assert_eq!(report.evidence().unfinished, 0);
    }

    #[test]
    fn an_error_while_rows_come_one_by_one_fails_once() {
        let conn = &mut open();
        let ((), report) = diagnose(|| {
            let query = users::table.select(sql::<Integer>("1 / (3 - id)"));
            let rows = query.load_iter::<i32, PgRowByRowLoadingMode>(conn).unwrap();
            assert!(rows.last().unwrap().is_err());
        });
        report.assert_queries(1);
        assert_eq!((report.evidence().failed, report.evidence().unfinished), (1, 0), "{report}");
        let ((), next) = diagnose(|| assert_eq!(users::table.count().get_result::<i64>(conn), Ok(10)));
        next.assert_queries(1);
        assert_eq!(next.evidence().failed, 0, "what the first told twice is not the second's");
    }

    #[test]
    fn rows_copied_in_and_out_are_one_query_each() {
        let conn = &mut open();
        let ((), report) = diagnose(|| {
            let written = diesel::copy_from(users::table)
                .from_raw_data(users::table, |copy| {
                    copy.write_all(b"11,ann\n12,bob\n").unwrap();
                    diesel::QueryResult::Ok(())
                })
                .with_format(diesel::pg::CopyFormat::Csv)
                .execute(conn);
            assert_eq!(written, Ok(2));
            let mut text = String::new();
            let query = diesel::copy_to(users::table).with_format(diesel::pg::CopyFormat::Csv);
            query.load_raw(conn).unwrap().read_to_string(&mut text).unwrap();
            assert!(text.ends_with("12,bob\n"), "{text}");
        });
        assert_eq!((report.query_count(), report.evidence().unfinished), (2, 0), "{report}");
        report.assert_clean();
    }

    #[test]
    fn two_tenants_schemas_may_be_asked_the_same() {
        let conn = &mut open();
        conn.begin_test_transaction().unwrap();
        conn.batch_execute(
            "CREATE SCHEMA tenant_a; CREATE TABLE tenant_a.notes (id INTEGER, text TEXT);
             CREATE SCHEMA tenant_b; CREATE TABLE tenant_b.notes (id INTEGER, text TEXT);",
        )
        .unwrap();
        let count = |conn: &mut Conn, from: &str| {
            let sql = format!("SELECT text FROM {from} WHERE id = $1");
            diesel::sql_query(sql).bind::<Integer, _>(1).execute(conn).unwrap();
        };
        let ((), by_name) = diagnose(|| {
            count(conn, "tenant_a.notes");
            count(conn, "tenant_b.notes");
        });
        by_name.assert_queries(2);
        by_name.assert_clean();
        let ((), by_path) = diagnose(|| {
            for tenant in ["tenant_a", "tenant_b"] {
                conn.batch_execute(&format!("SET LOCAL search_path TO {tenant}")).unwrap();
                count(conn, "notes");
            }
        });
        by_path.assert_queries(2);
        by_path.assert_clean();
        let ((), same) = diagnose(|| {
            for _ in 0..2 {
                conn.batch_execute("SET LOCAL search_path TO tenant_a").unwrap();
                count(conn, "notes");
            }
        });
        assert_eq!(same.query_count(), 2);
    }

    #[test]
    fn a_commit_that_the_server_refuses_leaves_the_connection_in_no_transaction() {
        let conn = &mut open();
        conn.batch_execute(
            "CREATE TEMPORARY TABLE parents (id INTEGER PRIMARY KEY);
             CREATE TEMPORARY TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);",
        )
        .unwrap();
        let ((), report) = diagnose(|| {
            let refused = conn.transaction(|conn| diesel::sql_query("INSERT INTO children VALUES (1)").execute(conn));
            assert!(refused.is_err());
            conn.transaction(|conn| users::table.count().get_result::<i64>(conn)).unwrap();
        });
        let evidence = report.evidence();
        assert_eq!((report.query_count(), evidence.transaction_statements, evidence.failed), (2, 4, 1), "{report}");
    }

    #[test]
    fn a_text_in_quotes_is_told_from_an_operator() {
        let conn = &mut open();
        let ((), report) = diagnose(|| {
            for n in 1..=4 {
                let json = sql::<diesel::sql_types::Bool>("'{\"a\": 1}'::jsonb ? ").bind::<Text, _>(format!("key {n}"));
                let _: bool = diesel::select(json).get_result(conn).unwrap();
            }
        });
        assert_eq!(report.query_count(), 4);
    }
}
