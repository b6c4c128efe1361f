//! The scenarios on MariaDB.

use diesel::prelude::*;
use diesel_doctor_tests::blog;
use diesel_doctor_tests::events::server;

type Conn = diesel::mysql::MysqlConnection;

fn open() -> Conn {
    let mut conn = Conn::establish(&server("TEST_MYSQL_URL")).unwrap();
    blog::prepare(&mut conn, "INTEGER AUTO_INCREMENT PRIMARY KEY");
    conn
}

/// The schema of temporary tables.
const SCHEMA: &str = "diesel_doctor_test";

/// Inserts a post, and returns its id.
fn insert_post(user_id: i32, conn: &mut Conn) -> i32 {
    let row = (blog::posts::user_id.eq(user_id), blog::posts::title.eq("new"));
    diesel::insert_into(blog::posts::table).values(row).execute(conn).unwrap();
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("CAST(LAST_INSERT_ID() AS SIGNED INTEGER)"))
        .get_result(conn)
        .unwrap()
}

#[path = "scenarios/mod.rs"]
mod scenarios;

mod only_here {
    use diesel_doctor::Dialect;
    use diesel_doctor_tests::blog::{diagnose, posts, users, warnings};

    use super::*;

    #[test]
    fn lists_of_other_lengths_are_one_statement_and_a_batch() {
        let conn = &mut open();
        let ((), report) = diagnose(|| {
            for n in 2..=6 {
                let ids: Vec<i32> = (1..=n).collect();
                let _: Vec<i32> = posts::table.filter(posts::user_id.eq_any(ids)).select(posts::id).load(conn).unwrap();
            }
        });
        assert_eq!(report.query_count(), 5);
        report.assert_clean();
        assert_eq!(report.evidence().connections[0].dialect, Dialect::MySql);
    }

    #[test]
    fn an_insert_that_ignores_and_one_that_replaces_are_writes() {
        let conn = &mut open();
        for replace in [false, true] {
            let line = line!() + if replace { 5 } else { 7 };
            let ((), report) = diagnose(|| {
                for n in 1..=4 {
                    let row = (users::id.eq(n), users::name.eq(format!("new {n}")));
                    if replace {
                        diesel::replace_into(users::table).values(row).execute(conn).unwrap();
                    } else {
                        diesel::insert_or_ignore_into(users::table).values(row).execute(conn).unwrap();
                    }
                }
            });
            assert_eq!(report.query_count(), 4);
            assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");
        }
    }

    #[test]
    fn a_text_in_double_quotes_is_a_value_and_its_contents_never_show() {
        let conn = &mut open();
        let ((), report) = diagnose(|| {
            for n in 1..=4 {
                let sql = format!("SELECT id FROM users WHERE name = \"canary-{n}\"");
                diesel::sql_query(sql).execute(conn).unwrap();
            }
        });
        assert_eq!(warnings(&report).len(), 1, "four texts are four values of one statement: {report}");
        assert!(!report.to_string().contains("canary-"), "{report}");
    }

    #[test]
    fn a_failed_bind_finishes_its_query() {
        use diesel_doctor_tests::events::Unwritable;

        let conn = &mut open();
        let ((), report) = diagnose(|| {
            let query = users::table.filter(users::id.eq(Unwritable)).select(users::name);
            assert!(query.load::<String>(conn).is_err());
        });
        assert_eq!(
            (report.query_count(), report.evidence().failed, report.evidence().unfinished),
            (1, 1, 0),
            "{report}"
        );
    }
}
