//! The scenarios on SQLite.

use diesel::prelude::*;
use diesel_doctor_tests::blog;

type Conn = diesel::sqlite::SqliteConnection;

fn open() -> Conn {
    let mut conn = Conn::establish(":memory:").unwrap();
    blog::prepare(&mut conn, "INTEGER PRIMARY KEY");
    conn
}

/// The schema of temporary tables.
const SCHEMA: &str = "temp";

/// Inserts a post, and returns its id.
fn insert_post(user_id: i32, conn: &mut Conn) -> i32 {
    let row = (blog::posts::user_id.eq(user_id), blog::posts::title.eq("new"));
    diesel::insert_into(blog::posts::table).values(row).returning(blog::posts::id).get_result(conn).unwrap()
}

#[path = "scenarios/mod.rs"]
mod scenarios;

mod only_here {
    use diesel_doctor_tests::blog::{comments, diagnose, infos, warnings};

    use super::*;

    #[derive(Insertable)]
    #[diesel(table_name = comments)]
    struct NewComment {
        post_id: i32,
        body: Option<&'static str>,
    }

    #[test]
    fn a_vec_with_optional_columns_is_split_by_diesel_and_not_a_loop_of_the_users() {
        let conn = &mut open();
        let rows = || (1..=6).map(|post_id| NewComment { post_id, body: (post_id % 2 == 0).then_some("text") });
        let line = line!() + 2;
        let (inserted, report) =
            diagnose(|| diesel::insert_into(comments::table).values(rows().collect::<Vec<_>>()).execute(conn));
        assert_eq!(inserted, Ok(6));
        assert_eq!(report.query_count(), 6);
        assert_eq!(warnings(&report), [""; 0], "{report}");
        assert_eq!(infos(&report), [format!("write-in-loop@{line}")], "{report}");

        let line = line!() + 3;
        let ((), report) = diagnose(|| {
            for row in rows() {
                diesel::insert_into(comments::table).values(&row).execute(conn).unwrap();
            }
        });
        assert!(warnings(&report).contains(&format!("write-in-loop@{line}")), "the same as a loop: {report}");
    }
}
