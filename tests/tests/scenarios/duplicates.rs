//! The same question asked twice, and when asking again is right.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_doctor_tests::blog::{comments, diagnose, posts, users, warnings};

use super::super::{Conn, open};

fn titles(conn: &mut Conn) -> Vec<String> {
    posts::table.filter(posts::user_id.eq(1)).select(posts::title).load(conn).unwrap()
}

#[test]
fn the_same_question_from_two_lines_lists_both() {
    let conn = &mut open();
    let line = line!() + 2;
    let ((), report) = diagnose(|| {
        let _: String = users::table.find(1).select(users::name).first(conn).unwrap();
        let _: String = users::table.find(1).select(users::name).first(conn).unwrap();
    });
    assert_eq!(warnings(&report), [format!("duplicate-query@{line},{}", line + 1)], "{report}");
}

#[test]
fn reading_again_after_a_write_to_the_table_is_right() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        titles(conn);
        diesel::update(posts::table.find(1)).set(posts::title.eq("new")).execute(conn).unwrap();
        titles(conn);
    });
    assert_eq!(report.query_count(), 3);
    report.assert_clean();
}

#[test]
fn reading_again_after_a_write_to_another_table_is_not() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        titles(conn);
        diesel::update(users::table.find(1)).set(users::name.eq("new")).execute(conn).unwrap();
        titles(conn);
    });
    assert_eq!(warnings(&report).len(), 1, "{report}");
}

#[test]
fn reading_again_in_another_transaction_is_at_most_worth_a_word() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for _ in 0..2 {
            conn.transaction(|conn| QueryResult::Ok(titles(conn))).unwrap();
        }
    });
    assert_eq!(report.query_count(), 2);
    report.assert_clean();

    let (_, report) = diagnose(|| {
        conn.transaction(|conn| {
            titles(conn);
            QueryResult::Ok(titles(conn))
        })
    });
    assert_eq!(warnings(&report).len(), 1, "in one transaction it is: {report}");
}

#[test]
fn a_retry_after_an_error_is_right() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        let mut name = "user 1".to_owned();
        for _ in 0..4 {
            let inserted = diesel::insert_into(users::table).values(users::name.eq(&name)).execute(conn);
            if matches!(inserted, Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))) {
                name.push('\'');
            }
        }
    });
    assert_eq!((report.query_count(), report.evidence().failed), (4, 2));
    report.assert_clean();
}

#[test]
fn two_databases_may_be_asked_the_same() {
    let (one, two) = (&mut open(), &mut open());
    diesel_doctor::ConnectionExt::doctor(two, "other").unwrap();
    let ((), report) = diagnose(|| {
        titles(one);
        titles(two);
    });
    assert_eq!(report.query_count(), 2);
    assert_eq!(report.evidence().connections.len(), 2);
    report.assert_clean();
}

#[test]
fn counting_twice_is_a_duplicate_too() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        let _: i64 = comments::table.count().get_result(conn).unwrap();
        let _: i64 = comments::table.count().get_result(conn).unwrap();
    });
    assert_eq!(warnings(&report).len(), 1, "{report}");
}
