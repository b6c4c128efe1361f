//! What Diesel tells an instrumentation of a connection that is one of several kinds (`#[derive(MultiConnection)]`).

#![expect(missing_docs, reason = "the derive writes no documentation for what it makes public")]

use diesel::connection::{InstrumentationEvent, SimpleConnection as _};
use diesel::prelude::*;
use diesel_doctor_tests::events::{Events, establishing, server};
use diesel_doctor_tests::items::items;

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

const SCHEMA: &str = "CREATE TEMPORARY TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, rank INTEGER);";

fn postgres() -> AnyConnection {
    let mut connection = PgConnection::establish(&server("TEST_POSTGRES_URL")).unwrap();
    connection.batch_execute(SCHEMA).unwrap();
    AnyConnection::Postgres(connection)
}

fn sqlite() -> AnyConnection {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection.batch_execute(SCHEMA).unwrap();
    AnyConnection::Sqlite(connection)
}

/// The letters of one query, and the text of its start.
fn one_query(mut connection: AnyConnection) -> (String, String) {
    let events = Events::of(&mut connection);
    let query = items::table.select(items::id).filter(items::id.eq_any([1, 2])).filter(items::name.eq("a"));
    query.load::<i32>(&mut connection).unwrap();
    let told = events.take();
    let letters: Vec<_> = told.iter().map(|event| event.letters.as_str()).collect();
    (letters.join(" "), told[0].query.clone())
}

#[test]
fn a_query_is_told_once_in_the_words_of_the_inner_backend() {
    let (letters, text) = one_query(postgres());
    assert_eq!(letters, "S C F");
    assert_eq!(
        text,
        r#"SELECT "items"."id" FROM "items" WHERE (("items"."id" = ANY($1)) AND ("items"."name" = $2)) -- binds: [[1, 2], "a"]"#
    );
    let (letters, text) = one_query(sqlite());
    assert_eq!(letters, "S F");
    assert_eq!(
        text,
        "SELECT `items`.`id` FROM `items` WHERE ((`items`.`id` IN (?, ?)) AND (`items`.`name` = ?)) -- binds: [1, 2, \"a\"]"
    );
}

#[test]
fn the_inner_connection_holds_the_instrumentation() {
    let mut connection = sqlite();
    let events = Events::of(&mut connection);
    let AnyConnection::Sqlite(inner) = &mut connection else { unreachable!("it was made as SQLite") };
    diesel::sql_query("SELECT 1").execute(inner).unwrap();
    assert_eq!(events.letters(), "S F");
    inner.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "");
}

#[test]
fn a_transaction_is_told_once() {
    for mut connection in [postgres(), sqlite()] {
        let events = Events::of(&mut connection);
        connection.transaction(|_| diesel::QueryResult::Ok(())).unwrap();
        assert_eq!(events.letters(), "B1 S F K1 S F");
    }
}

#[test]
fn kinds_are_tried_in_order_and_each_try_is_told() {
    let (connection, events) = establishing(|| AnyConnection::establish(":memory:"));
    assert!(matches!(connection, Ok(AnyConnection::Sqlite(_))));
    assert_eq!(events.letters(), "E E! E E.");
}
