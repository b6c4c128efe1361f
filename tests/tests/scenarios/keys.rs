//! Tables that are not called `id` and `users`: the rules go by the statement, not by names.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel_doctor::Report;
use diesel_doctor_tests::blog::{diagnose, users, warnings};

use super::super::{Conn, SCHEMA, open};

diesel::table! {
    // A key of two columns, in a table with capital letters.
    #[sql_name = "TeamMembers"]
    team_members (team_no, user_ref) {
        #[sql_name = "TeamNo"]
        team_no -> Integer,
        user_ref -> Integer,
        role -> Text,
    }
}

diesel::table! {
    messages (number) {
        number -> Integer,
        sender -> Integer,
        recipient -> Integer,
        answers -> Nullable<Integer>,
    }
}

/// With three teams of three, and nine messages of which each but the first answers the one before.
fn open_with_keys() -> Conn {
    let mut conn = open();
    let quote = if cfg_is_postgres() { '"' } else { '`' };
    let members: Vec<_> = (1..=9).map(|n| format!("({}, {n}, 'role {n}')", (n + 2) / 3)).collect();
    let messages: Vec<_> = (1..=9).map(|n| format!("({n}, {n}, {}, NULLIF({}, 0))", 10 - n, n - 1)).collect();
    conn.batch_execute(&format!(
        "CREATE TEMPORARY TABLE {quote}TeamMembers{quote}
            ({quote}TeamNo{quote} INTEGER, user_ref INTEGER, role VARCHAR(20) NOT NULL, PRIMARY KEY ({quote}TeamNo{quote}, user_ref));
         CREATE TEMPORARY TABLE messages
            (number INTEGER PRIMARY KEY, sender INTEGER NOT NULL, recipient INTEGER NOT NULL, answers INTEGER);
         INSERT INTO {quote}TeamMembers{quote} VALUES {};
         INSERT INTO messages VALUES {};",
        members.join(", "),
        messages.join(", ")
    ))
    .unwrap();
    conn
}

fn cfg_is_postgres() -> bool {
    std::any::type_name::<Conn>().contains("PgConnection")
}

/// One loop, found at its line.
#[track_caller]
fn check(report: &Report, line: u32, queries: u64, message: &str, code: &str) {
    assert_eq!(warnings(report), [format!("n-plus-one@{line}")], "{report}");
    let finding = &report.findings()[0];
    assert_eq!(finding.queries, queries);
    assert!(finding.message.contains(message), "{}", finding.message);
    let prescribed = finding.prescription.code.as_deref().unwrap_or_default();
    assert!(prescribed.contains(code), "{prescribed}");
}

#[test]
fn a_key_of_two_columns_in_a_table_with_capital_letters() {
    let conn = &mut open_with_keys();
    let line = line!() + 3;
    let ((), report) = diagnose(|| {
        for n in 1..=9 {
            let _: String = team_members::table.find(((n + 2) / 3, n)).select(team_members::role).first(conn).unwrap();
        }
    });
    check(&report, line, 9, "TeamMembers by TeamNo", "");
}

#[test]
fn one_part_of_a_key_of_two() {
    let conn = &mut open_with_keys();
    let line = line!() + 6;
    let ((), report) = diagnose(|| {
        for team in 1..=3 {
            let _: Vec<i32> = team_members::table
                .filter(team_members::team_no.eq(team))
                .select(team_members::user_ref)
                .load(conn)
                .unwrap();
        }
    });
    // What the table is called in Rust is not known: better no code than code that does not compile.
    check(&report, line, 3, "TeamMembers by TeamNo", "");
    assert!(report.to_string().contains("with eq_any"), "{report}");
}

#[test]
fn two_foreign_keys_to_one_table_are_one_loop_with_two_look_ups_by_its_key() {
    let conn = &mut open_with_keys();
    let line = line!() + 5;
    let ((), report) = diagnose(|| {
        let pairs: Vec<(i32, i32)> =
            messages::table.select((messages::sender, messages::recipient)).load(conn).unwrap();
        for (sender, recipient) in pairs {
            let _: String = users::table.find(sender).select(users::name).first(conn).unwrap();
            let _: String = users::table.find(recipient).select(users::name).first(conn).unwrap();
        }
    });
    assert_eq!(report.query_count(), 19);
    assert_eq!(warnings(&report), [format!("query-loop@{line},{}", line + 1)], "{report}");
    let code = report.findings()[0].prescription.code.as_deref().unwrap_or_default();
    assert_eq!(code.matches("users::id.eq_any(").count(), 2, "each look-up by the table's own key: {code}");
}

const LINE_OF_ANSWERS: u32 = line!() + 3;

fn answers(number: i32, conn: &mut Conn) -> Vec<i32> {
    messages::table.filter(messages::answers.eq(number)).select(messages::number).load(conn).unwrap()
}

fn thread(number: i32, conn: &mut Conn) -> usize {
    1 + answers(number, conn).into_iter().map(|answer| thread(answer, conn)).sum::<usize>()
}

#[test]
fn a_table_that_refers_to_itself() {
    let conn = &mut open_with_keys();
    let (size, report) = diagnose(|| thread(1, conn));
    assert_eq!((size, report.query_count()), (9, 9));
    // The first one is asked from outside the recursion, the others from somewhere inside it.
    check(&report, LINE_OF_ANSWERS, 8, "messages by answers", "messages::answers.eq_any(");
}

#[test]
fn a_condition_in_parentheses_with_a_part_that_stays() {
    let conn = &mut open_with_keys();
    let line = line!() + 6;
    let ((), report) = diagnose(|| {
        for sender in 1..=4 {
            let _: Vec<i32> = messages::table
                .filter(messages::sender.eq(sender).and(messages::answers.is_not_null().or(messages::number.eq(1))))
                .select(messages::number)
                .load(conn)
                .unwrap();
        }
    });
    check(&report, line, 4, "messages", "");
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// `first` in the words of the backend.
fn placeholder() -> &'static str {
    if cfg_is_postgres() { "$1" } else { "?" }
}

#[test]
fn a_table_behind_the_name_of_its_schema() {
    let conn = &mut open();
    let sql = format!("SELECT name FROM {SCHEMA}.users WHERE id = {}", placeholder());
    let line = line!() + 4;
    let ((), report) = diagnose(|| {
        for id in 1..=4 {
            let query = diesel::sql_query(&sql).bind::<Integer, _>(id);
            let found: Named = query.get_result(conn).unwrap();
            assert_eq!(found.name, format!("user {id}"));
        }
    });
    check(&report, line, 4, "users by id", "users::id.eq_any(");
}

#[test]
fn a_query_that_begins_with_another() {
    let conn = &mut open();
    let sql = format!(
        "WITH authors AS (SELECT DISTINCT user_id FROM posts) \
         SELECT users.name FROM users INNER JOIN authors ON authors.user_id = users.id WHERE (users.id = {})",
        placeholder()
    );
    let line = line!() + 4;
    let ((), report) = diagnose(|| {
        for id in 1..=4 {
            let query = diesel::sql_query(&sql).bind::<Integer, _>(id);
            let found: Named = query.get_result(conn).unwrap();
            assert_eq!(found.name, format!("user {id}"));
        }
    });
    check(&report, line, 4, "id", "");
}
