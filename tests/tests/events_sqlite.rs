//! What Diesel tells an instrumentation of a SQLite connection.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::BigInt;
use diesel_doctor_tests::events::Unwritable;
use diesel_doctor_tests::items::{EXPLICIT, NAMED, RANKED, items};

type Conn = SqliteConnection;

fn open() -> Conn {
    Conn::establish(":memory:").unwrap()
}

/// A key that counts by itself.
const KEY: &str = "INTEGER PRIMARY KEY";

/// How the name of one item is asked for.
const NAME_OF_ONE: &str = "SELECT `items`.`name` FROM `items` WHERE (`items`.`id` = ?)";

#[path = "told/mod.rs"]
mod told;

use told::connection;

#[test]
fn a_list_is_written_out_and_never_cached() {
    let (mut connection, events) = connection();
    let load = |connection: &mut Conn| {
        items::table.select(items::name).filter(items::id.eq_any([1, 2])).load::<String>(connection).unwrap()
    };
    load(&mut connection);
    load(&mut connection);
    let recorded = events.take();
    assert_eq!(recorded.iter().map(|event| event.letters.as_str()).collect::<String>(), "SFSF");
    assert!(recorded[0].query.ends_with("(`items`.`id` IN (?, ?)) -- binds: [1, 2]"), "{}", recorded[0].query);
}

#[test]
fn a_query_finishes_when_its_iterator_is_dropped() {
    let (mut connection, events) = connection();
    let mut rows = items::table.select(items::id).load_iter::<i32, DefaultLoadingMode>(&mut connection).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), 1);
    assert_eq!(events.letters(), "S C");
    drop(rows);
    assert_eq!(events.letters(), "F");
}

#[test]
fn an_error_while_rows_are_read_is_not_told() {
    let (mut connection, events) = connection();
    let overflow = sql::<BigInt>("abs(CASE id WHEN 1 THEN 1 ELSE -9223372036854775808 END)");
    let error = items::table.select(overflow).load::<i64>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::DatabaseError(..)), "{error:?}");
    assert_eq!(events.letters(), "S F");
}

#[test]
fn a_query_whose_bind_cannot_be_written_never_finishes() {
    let (mut connection, events) = connection();
    let query = items::table.select(items::id).filter(items::id.eq(Unwritable));
    let error = query.load::<i32>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::SerializationError(_)), "{error:?}");
    assert_eq!(events.letters(), "S C");
    diesel::delete(items::table.filter(items::id.eq(Unwritable))).execute(&mut connection).unwrap_err();
    assert_eq!(events.letters(), "S C");
}

#[test]
fn a_vec_with_optional_columns_is_inserted_row_by_row_in_a_transaction() {
    let (mut connection, events) = connection();
    diesel::insert_into(items::table).values(RANKED.to_vec()).execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "B1 S F S C F S C F S F K1 S F");
}

#[test]
fn a_vec_without_optional_columns_is_inserted_like_one_with_them() {
    let (mut connection, events) = connection();
    diesel::insert_into(items::table).values(NAMED.to_vec()).execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "B1 S F S C F S F K1 S F");
}

#[test]
fn a_vec_of_explicit_rows_is_inserted_at_once() {
    let (mut connection, events) = connection();
    for _ in 0..2 {
        diesel::insert_into(items::table).values(EXPLICIT.to_vec()).execute(&mut connection).unwrap();
    }
    assert_eq!(events.letters(), "S F S F");
}

#[test]
fn a_test_transaction_counts_as_a_level() {
    let (mut connection, events) = connection();
    connection.begin_test_transaction().unwrap();
    connection.transaction(|_| Ok::<_, Error>(())).unwrap();
    assert_eq!(events.letters(), "B1 S F B2 S F K2 S F");
}
