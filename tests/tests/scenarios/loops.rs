//! Loops that fetch one row after the other, and what only looks like one.

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_doctor::{DoctorBuilder, Report, analyzers::NPlusOne};
use diesel_doctor_tests::blog::{comments, diagnose, posts, test_doctor, users, warnings};

use super::super::{Conn, open};

const LINE_OF_NAME: u32 = line!() + 3;

fn name(id: i32, conn: &mut Conn) -> String {
    users::table.find(id).select(users::name).first(conn).unwrap()
}

fn none() -> [&'static str; 0] {
    []
}

#[test]
fn a_row_for_each_row_is_an_n_plus_one_at_the_line_in_the_loop() {
    let conn = &mut open();
    let line = line!() + 3;
    let (names, report) = diagnose(|| {
        let ids: Vec<i32> = posts::table.select(posts::user_id).distinct().order(posts::user_id).load(conn).unwrap();
        let name = |id: &i32| users::table.find(id).select(users::name).first::<String>(conn).unwrap();
        ids.iter().map(name).collect::<Vec<_>>()
    });
    assert_eq!(names.len(), 10);
    assert_eq!(report.query_count(), 11);
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
    let finding = &report.findings()[0];
    assert_eq!(finding.queries, 10);
    assert!(finding.message.contains("10 queries on users by id, 10 distinct binds"), "{}", finding.message);
    assert!(finding.prescription.code.as_ref().is_some_and(|code| code.contains("users::id.eq_any(")), "{report}");
}

#[test]
fn the_prescribed_fix_is_silent() {
    let conn = &mut open();
    let (names, report) = diagnose(|| {
        let ids: Vec<i32> = posts::table.select(posts::user_id).distinct().load(conn).unwrap();
        users::table.filter(users::id.eq_any(&ids)).select(users::name).load::<String>(conn).unwrap()
    });
    assert_eq!(names.len(), 10);
    report.assert_clean();
    report.assert_queries(2);
}

#[test]
fn equal_keys_are_a_duplicate_and_never_an_n_plus_one() {
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for _ in 0..6 {
            let _: String = users::table.find(1).select(users::name).first(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("duplicate-query@{line}")], "{report}");
}

#[test]
fn two_keys_five_times_each_are_duplicates() {
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for n in 0..10 {
            let _: String = users::table.find(1 + n % 2).select(users::name).first(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("duplicate-query@{line}")], "{report}");
    assert_eq!(report.findings()[0].queries, 10);
}

fn by_threshold(doctor: DoctorBuilder, rounds: i32) -> Report {
    let doctor = std::sync::Arc::new(doctor.build().unwrap());
    let conn = &mut open();
    let ((), report) = doctor.diagnose("threshold", || {
        for id in 1..=rounds {
            name(id, conn);
        }
    });
    report
}

#[test]
fn the_threshold_is_exact() {
    assert_eq!(warnings(&by_threshold(test_doctor(), 2)), none());
    assert_eq!(warnings(&by_threshold(test_doctor(), 3)).len(), 1);
    let five = || {
        let mut analyzer = NPlusOne::for_tests();
        analyzer.min_distinct = 5;
        test_doctor().analyzer(analyzer)
    };
    assert_eq!(warnings(&by_threshold(five(), 4)), none());
    assert_eq!(warnings(&by_threshold(five(), 5)).len(), 1);
}

#[test]
fn one_statement_from_several_lines_once_each_is_no_loop() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        let _: String = users::table.find(1).select(users::name).first(conn).unwrap();
        let _: String = users::table.find(2).select(users::name).first(conn).unwrap();
        let _: String = users::table.find(3).select(users::name).first(conn).unwrap();
        let _: String = users::table.find(4).select(users::name).first(conn).unwrap();
    });
    assert_eq!(report.query_count(), 4);
    report.assert_clean();
}

#[test]
fn the_batched_fix_in_chunks_is_silent() {
    let conn = &mut open();
    let ids: Vec<i32> = (1..=20).collect();
    let ((), report) = diagnose(|| {
        for chunk in ids.chunks(4) {
            let _: Vec<i32> =
                comments::table.filter(comments::post_id.eq_any(chunk)).select(comments::id).load(conn).unwrap();
        }
    });
    assert_eq!(report.query_count(), 5);
    report.assert_clean();
}

#[test]
fn a_list_of_one_key_in_a_loop_is_an_n_plus_one() {
    let conn = &mut open();
    let line = line!() + 4;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            let _: Vec<i32> =
                comments::table.filter(comments::post_id.eq_any([id])).select(comments::id).load(conn).unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

#[test]
fn pages_until_empty_are_silent_and_rows_one_after_the_other_are_not() {
    let conn = &mut open();
    let mut walk = |step: i64| {
        diagnose(|| {
            let mut last = 0;
            while let Some(id) = comments::table
                .filter(comments::id.gt(last))
                .order(comments::id)
                .limit(step)
                .select(comments::id)
                .load::<i32>(conn)
                .unwrap()
                .pop()
            {
                last = id;
            }
        })
        .1
    };
    let pages = walk(7);
    assert_eq!(pages.query_count(), 7);
    pages.assert_clean();
    let rows = walk(1);
    assert_eq!(rows.query_count(), 41);
    assert_eq!(warnings(&rows).len(), 1, "{rows}");
    assert!(warnings(&rows)[0].starts_with("n-plus-one@"), "{rows}");
}

#[test]
fn what_comes_between_the_rounds_hides_nothing() {
    let conn = &mut open();
    let other = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            let _: String = users::table.find(id).select(users::name).first(conn).unwrap();
            diesel::insert_into(comments::table)
                .values([comments::post_id.eq(id), comments::post_id.eq(id)])
                .execute(other)
                .unwrap();
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
}

const LINE_OF_LOOP: u32 = line!() + 5;

fn page(conn: &mut Conn) {
    let ids: Vec<i32> = users::table.select(users::id).load(conn).unwrap();
    for id in ids {
        name(id, conn);
    }
}

#[test]
fn a_helper_is_named_with_the_callers_and_the_likely_loop() {
    let conn = &mut open();
    let ((), report) = diagnose(|| page(conn));
    let site = &report.findings()[0].sites[0];
    assert!(site.frames[0].function.ends_with("loops::name"), "{report}");
    assert_eq!(site.frames[1].line, LINE_OF_LOOP, "{report}");
    assert_eq!(site.likely_loop, Some(1), "{report}");
}

#[test]
fn two_callers_loops_are_two_findings() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for id in 1..=3 {
            name(id, conn);
        }
        for id in 4..=6 {
            name(id, conn);
        }
    });
    assert_eq!(warnings(&report).len(), 2, "{report}");
    let keys: Vec<_> = report.findings().iter().map(|finding| finding.key().to_string()).collect();
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_repository_layer_keeps_its_callers_apart() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        name(1, conn);
        name(2, conn);
        name(3, conn);
        name(4, conn);
    });
    assert_eq!(report.query_count(), 4);
    report.assert_clean();
}

/// What a first round does besides: it asks through a frame of its own.
fn name_when_cold(id: i32, conn: &mut Conn) -> String {
    name(id, conn)
}

#[test]
fn a_first_round_through_one_more_frame_is_a_round_like_the_others() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        let mut load: fn(i32, &mut Conn) -> String = name_when_cold;
        for id in 1..=3 {
            load(id, conn);
            load = name;
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{LINE_OF_NAME}")], "{report}");
    assert_eq!(report.findings()[0].queries, 3, "{report}");
}

#[test]
fn a_first_round_from_another_line_hides_nothing() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        let mut warm = false;
        for id in 1..=4 {
            let mut round = || name(id, conn);
            if warm {
                round();
            } else {
                warm = true;
                std::iter::once(()).for_each(|()| drop(round()));
            }
        }
    });
    assert_eq!(report.query_count(), 4);
    assert_eq!(warnings(&report), [format!("n-plus-one@{LINE_OF_NAME}")], "{report}");
    assert_eq!(report.findings().len(), 1, "never two findings: {report}");
    assert_eq!(report.findings()[0].queries, 3, "another line is another caller: {report}");
}

const LINE_OF_MACRO: u32 = line!() + 4;

macro_rules! name_of {
    ($id:expr, $conn:expr) => {
        users::table.find($id).select(users::name).first::<String>($conn).unwrap()
    };
}

#[test]
fn a_macro_from_another_crate_is_named_at_its_invocation() {
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=4 {
            diesel_doctor_tests::title_of!(id, conn);
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");

    // One of the same crate is named inside the macro: that is where the compiler says the code is.
    let ((), report) = diagnose(|| {
        for id in 1..=4 {
            name_of!(id, conn);
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{LINE_OF_MACRO}")], "{report}");
}

#[test]
fn literals_in_the_text_are_told_apart_like_binds() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        id: i32,
    }
    let conn = &mut open();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for id in 1..=5 {
            let rows: Vec<Row> = diesel::sql_query(format!("SELECT id FROM users WHERE id = {id}")).load(conn).unwrap();
            assert_eq!(rows[0].id, id);
        }
    });
    assert_eq!(warnings(&report), [format!("n-plus-one@{line}")], "{report}");
    assert!(report.to_string().contains("not parameterised"), "{report}");
}

#[test]
fn a_marker_inside_a_literal_splits_nothing() {
    let conn = &mut open();
    let ((), report) = diagnose(|| {
        for text in [" -- binds: [1]", "?", "''", "/* a */", "-- b"] {
            let found: Vec<i32> = users::table.filter(users::name.eq(text)).select(users::id).load(conn).unwrap();
            assert!(found.is_empty());
        }
    });
    assert_eq!(warnings(&report).len(), 1, "five texts are five binds of one statement: {report}");
    assert_eq!(report.findings()[0].queries, 5);
    assert!(!report.to_string().contains("/* a */"));
}
