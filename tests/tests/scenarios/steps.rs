//! Reading step by step, and writing what the next step needs.

use diesel::prelude::*;
use diesel_doctor_tests::blog::{comments, diagnose, infos, posts, users, warnings};

use super::super::{Conn, insert_post, open};

/// Reads all comments in steps of this size, by offset.
fn by_offset(step: i64, conn: &mut Conn) -> diesel_doctor::Report {
    let ((), report) = diagnose(|| {
        let query = |offset| comments::table.order(comments::id).limit(step).offset(offset).select(comments::id);
        let mut offset = 0;
        while !query(offset).load::<i32>(conn).unwrap().is_empty() {
            offset += step;
        }
    });
    report
}

#[test]
fn pages_by_offset_until_empty_are_silent_and_rows_are_not() {
    let conn = &mut open();
    let pages = by_offset(7, conn);
    assert_eq!(pages.query_count(), 7);
    pages.assert_clean();

    let rows = by_offset(1, conn);
    assert_eq!(rows.query_count(), 41);
    assert_eq!(warnings(&rows).len(), 1, "{rows}");
    assert!(warnings(&rows)[0].starts_with("n-plus-one@"), "{rows}");
}

#[test]
fn inserts_that_need_the_id_of_the_one_before_are_told_as_a_candidate() {
    let conn = &mut open();
    let (ids, report) = diagnose(|| {
        let mut ids = vec![1];
        for _ in 0..5 {
            let id = insert_post(*ids.last().unwrap(), conn);
            ids.push(id);
        }
        ids
    });
    assert_eq!(ids, [1, 21, 22, 23, 24, 25]);
    assert_eq!((infos(&report).len(), warnings(&report).len()), (1, 0), "{report}");
    assert!(infos(&report)[0].starts_with("write-in-loop@"), "{report}");
    assert!(report.to_string().contains("where the next write needs it, there is no batch"), "{report}");
}

#[test]
fn looking_for_a_row_and_making_it_in_turn_is_one_loop() {
    let conn = &mut open();
    let line = line!() + 4;
    let ((), report) = diagnose(|| {
        for n in 8..=13 {
            let name = format!("user {n}");
            let found: Option<i32> =
                users::table.filter(users::name.eq(&name)).select(users::id).first(conn).optional().unwrap();
            if found.is_none() {
                diesel::insert_into(users::table).values(users::name.eq(&name)).execute(conn).unwrap();
            }
        }
    });
    assert_eq!(report.query_count(), 9);
    assert_eq!(warnings(&report), [format!("query-loop@{},{}", line + 1, line + 3)], "{report}");
    let finding = &report.findings()[0];
    assert_eq!(finding.queries, 9);
    let code = finding.prescription.code.as_deref().unwrap();
    assert!(finding.prescription.advice.contains("on_conflict"), "{report}");
    assert!(code.contains("do_nothing") || code.contains("insert_or_ignore_into"), "{report}");
    assert!(code.contains("users::name.eq_any("), "{report}");
}

#[test]
fn three_queries_a_round_are_one_loop() {
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            let _: String = users::table.find(id).select(users::name).first(conn).unwrap();
            let _: Vec<i32> = posts::table.filter(posts::user_id.eq(id)).select(posts::id).load(conn).unwrap();
            let _: i64 = comments::table.filter(comments::post_id.eq(id)).count().get_result(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("query-loop@{line},{},{}", line + 1, line + 2)], "{report}");
    assert!(report.findings()[0].message.contains("15 queries in 5 rounds of 3"), "{report}");
}
