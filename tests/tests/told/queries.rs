//! Queries: what is cached, what is printed, and which errors are told.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Integer;
use diesel_doctor_tests::items::{NO_CHANGES, items};

use super::super::{Conn, NAME_OF_ONE};
use super::connection;

#[test]
fn a_load_is_cached_the_first_time() {
    let (mut connection, events) = connection();
    let load = |connection: &mut Conn, id: i32| {
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
    let printed: Vec<_> = events.take().into_iter().map(|event| event.query).collect();
    assert_eq!(
        printed,
        [&format!("{NAME_OF_ONE} -- binds: [1]"), NAME_OF_ONE, &format!("{NAME_OF_ONE} -- binds: [1]")]
    );
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
fn a_query_that_cannot_be_built_finishes_with_an_error_and_does_not_print() {
    let (mut connection, events) = connection();
    let error = diesel::update(items::table).set(NO_CHANGES).execute(&mut connection).unwrap_err();
    assert!(matches!(error, Error::QueryBuilderError(_)), "{error:?}");
    let recorded = events.take();
    assert_eq!(recorded.iter().map(|event| event.letters.as_str()).collect::<Vec<_>>(), ["S", "F!"]);
    assert!(recorded.iter().all(|event| event.query.ends_with("<not printable>")), "{recorded:?}");
}
