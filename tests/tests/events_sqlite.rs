//! What Diesel tells an instrumentation of a SQLite connection.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{DefaultLoadingMode, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Integer};
use diesel_doctor_tests::events::{Events, Unwritable};
use diesel_doctor_tests::items::{EXPLICIT, NAMED, NO_CHANGES, RANKED, items};

/// A connection with three items, and its events from now on.
fn connection() -> (SqliteConnection, Events) {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection
        .batch_execute(
            "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, rank INTEGER);
             INSERT INTO items (name, rank) VALUES ('a', 1), ('b', 2), ('c', NULL);",
        )
        .unwrap();
    let events = Events::of(&mut connection);
    (connection, events)
}

#[test]
fn a_load_is_cached_the_first_time() {
    let (mut connection, events) = connection();
    let load = |connection: &mut SqliteConnection, id: i32| {
        items::table.select(items::name).filter(items::id.eq(id)).load::<String>(connection).unwrap()
    };
    assert_eq!(load(&mut connection, 1), ["a"]);
    assert_eq!(events.letters(), "S C F");
    assert_eq!(load(&mut connection, 2), ["b"]);
    assert_eq!(events.letters(), "S F");
}

#[test]
fn start_and_finish_print_the_query_with_its_binds_and_cache_prints_the_sql() {
    let (mut connection, events) = connection();
    items::table.select(items::name).filter(items::id.eq(1)).load::<String>(&mut connection).unwrap();
    let sql = "SELECT `items`.`name` FROM `items` WHERE (`items`.`id` = ?)";
    let printed: Vec<_> = events.take().into_iter().map(|event| event.query).collect();
    assert_eq!(printed, [&format!("{sql} -- binds: [1]"), sql, &format!("{sql} -- binds: [1]")]);
}

#[test]
fn a_list_is_written_out_and_never_cached() {
    let (mut connection, events) = connection();
    let load = |connection: &mut SqliteConnection| {
        items::table.select(items::name).filter(items::id.eq_any([1, 2])).load::<String>(connection).unwrap()
    };
    load(&mut connection);
    load(&mut connection);
    let recorded = events.take();
    assert_eq!(recorded.iter().map(|event| event.letters.as_str()).collect::<String>(), "SFSF");
    assert!(recorded[0].query.ends_with("(`items`.`id` IN (?, ?)) -- binds: [1, 2]"), "{}", recorded[0].query);
}

#[test]
fn plain_sql_is_never_cached() {
    let (mut connection, events) = connection();
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "S F S F");
    connection.batch_execute("SELECT 1; SELECT 2").unwrap();
    assert_eq!(events.letters(), "S F");
}

#[test]
fn an_update_is_never_cached_and_a_delete_is() {
    let (mut connection, events) = connection();
    for _ in 0..2 {
        diesel::update(items::table).set(items::rank.eq(1)).execute(&mut connection).unwrap();
    }
    assert_eq!(events.letters(), "S F S F");
    for _ in 0..2 {
        diesel::delete(items::table.filter(items::id.eq(1))).execute(&mut connection).unwrap();
    }
    assert_eq!(events.letters(), "S C F S F");
}

#[test]
fn a_failing_query_finishes_with_an_error() {
    let (mut connection, events) = connection();
    diesel::sql_query("SELECT nothing").execute(&mut connection).unwrap_err();
    assert_eq!(events.letters(), "S F!");
    diesel::insert_into(items::table)
        .values((items::id.eq(1), items::name.eq("x")))
        .execute(&mut connection)
        .unwrap_err();
    assert_eq!(events.letters(), "S C F!");
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
fn errors_of_the_client_are_not_told() {
    let (mut connection, events) = connection();
    let error = items::table.select(items::id).filter(items::id.eq(9)).first::<i32>(&mut connection).unwrap_err();
    assert_eq!(error, Error::NotFound);
    assert_eq!(events.letters(), "S C F");
    let error = diesel::select(sql::<Integer>("NULL")).get_result::<i32>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::DeserializationError(_)), "{error:?}");
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
fn a_query_that_cannot_be_built_finishes_with_an_error_and_does_not_print() {
    let (mut connection, events) = connection();
    let error = diesel::update(items::table).set(NO_CHANGES).execute(&mut connection).unwrap_err();
    assert!(matches!(error, Error::QueryBuilderError(_)), "{error:?}");
    let recorded = events.take();
    assert_eq!(recorded.iter().map(|event| event.letters.as_str()).collect::<Vec<_>>(), ["S", "F!"]);
    assert!(recorded.iter().all(|event| event.query.ends_with("<not printable>")), "{recorded:?}");
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
fn a_transaction_is_told_as_an_event_and_as_a_query() {
    let (mut connection, events) = connection();
    connection.transaction(|connection| items::table.count().get_result::<i64>(connection)).unwrap();
    assert_eq!(events.letters(), "B1 S F S C F K1 S F");
    connection.transaction(|_| Err::<(), _>(Error::RollbackTransaction)).unwrap_err();
    assert_eq!(events.letters(), "B1 S F R1 S F");
}

#[test]
fn a_nested_transaction_is_a_savepoint_one_deeper() {
    let (mut connection, events) = connection();
    connection
        .transaction(|connection| {
            connection.transaction(|_| Ok::<_, Error>(()))?;
            connection.transaction(|_| Err::<(), _>(Error::RollbackTransaction)).unwrap_err();
            Ok::<_, Error>(())
        })
        .unwrap();
    let recorded = events.take();
    let told: Vec<_> = recorded.iter().map(|event| format!("{} {}", event.letters, event.query)).collect();
    assert_eq!(
        told,
        [
            "B1 ",
            "S BEGIN",
            "F BEGIN",
            "B2 ",
            "S SAVEPOINT diesel_savepoint_1",
            "F SAVEPOINT diesel_savepoint_1",
            "K2 ",
            "S RELEASE SAVEPOINT diesel_savepoint_1",
            "F RELEASE SAVEPOINT diesel_savepoint_1",
            "B2 ",
            "S SAVEPOINT diesel_savepoint_1",
            "F SAVEPOINT diesel_savepoint_1",
            "R2 ",
            "S ROLLBACK TO SAVEPOINT diesel_savepoint_1",
            "F ROLLBACK TO SAVEPOINT diesel_savepoint_1",
            "K1 ",
            "S COMMIT",
            "F COMMIT",
        ]
    );
}

#[test]
fn a_test_transaction_counts_as_a_level() {
    let (mut connection, events) = connection();
    connection.begin_test_transaction().unwrap();
    connection.transaction(|_| Ok::<_, Error>(())).unwrap();
    assert_eq!(events.letters(), "B1 S F B2 S F K2 S F");
}

#[test]
fn a_panic_in_a_transaction_tells_nothing_of_its_end() {
    let (mut connection, events) = connection();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        connection.transaction::<(), Error, _>(|_| std::panic::resume_unwind(Box::new("on purpose")))
    }));
    assert!(outcome.is_err());
    assert_eq!(events.letters(), "B1 S F");
    drop(connection);
    assert_eq!(events.letters(), "");
}

#[test]
fn a_connection_that_is_dropped_tells_nothing() {
    let (connection, events) = connection();
    drop(connection);
    assert_eq!(events.letters(), "");
}

#[test]
fn a_second_instrumentation_replaces_the_first() {
    let (mut connection, first) = connection();
    let second = Events::of(&mut connection);
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    assert_eq!((first.letters().as_str(), second.letters().as_str()), ("", "S F"));
}
