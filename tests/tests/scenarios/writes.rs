//! Rows written one after the other.

use diesel::prelude::*;
use diesel_doctor_tests::blog::{comments, diagnose, posts, warnings};

use super::super::open;

#[test]
fn rows_inserted_one_after_the_other_are_told_in_transactions_too() {
    let conn = &mut open();
    for in_transaction in [false, true] {
        let line = line!() + 3;
        let insert = |conn: &mut super::super::Conn| {
            for post in 1..=5 {
                diesel::insert_into(comments::table).values(comments::post_id.eq(post)).execute(conn)?;
            }
            QueryResult::Ok(())
        };
        let (done, report) = diagnose(|| if in_transaction { conn.transaction(insert) } else { insert(conn) });
        assert_eq!(done, Ok(()));
        assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");
    }
}

#[test]
fn chunks_of_rows_are_silent() {
    let conn = &mut open();
    let rows: Vec<_> = (1..=20).map(|post| comments::post_id.eq(post)).collect();
    let ((), report) = diagnose(|| {
        for chunk in rows.chunks(5) {
            diesel::insert_into(comments::table).values(chunk.to_vec()).execute(conn).unwrap();
        }
    });
    assert_eq!(report.query_count(), 4);
    report.assert_clean();
}

#[test]
fn rows_updated_or_deleted_one_after_the_other_are_told() {
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            diesel::update(posts::table.find(id)).set(posts::title.eq("same")).execute(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");

    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            diesel::delete(comments::table.filter(comments::post_id.eq(id))).execute(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("write-in-loop@{line}")], "{report}");
}

#[test]
fn two_rows_are_no_loop() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for post in 1..=2 {
            diesel::insert_into(comments::table).values(comments::post_id.eq(post)).execute(conn).unwrap();
        }
    });
    assert_eq!(report.query_count(), 2);
    report.assert_clean();
}

#[test]
fn a_loop_that_only_fails_is_no_loop_of_these_rules() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for post in 1..=5 {
            let sql = format!("SELECT nothing FROM nowhere WHERE id = {post}");
            assert!(diesel::sql_query(sql).execute(conn).is_err());
        }
    });
    assert_eq!((report.query_count(), report.evidence().failed), (5, 5));
    report.assert_clean();
}
