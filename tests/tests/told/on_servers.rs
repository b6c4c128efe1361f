//! What the drivers of servers tell, and SQLite's does not: all rows arrive at once, and many rows go out at once.
//!
//! The file that includes this one includes `mod.rs`, too.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel_doctor_tests::items::{EXPLICIT, NAMED, RANKED, items};

use super::told::connection;

#[test]
fn a_query_finishes_before_its_first_row() {
    let (mut connection, events) = connection();
    let mut rows = items::table.select(items::id).load_iter::<i32, DefaultLoadingMode>(&mut connection).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), 1);
    assert_eq!(events.letters(), "S C F");
    drop(rows);
    assert_eq!(events.letters(), "");
}

#[test]
fn a_vec_is_inserted_at_once_with_optional_columns() {
    let (mut connection, events) = connection();
    diesel::insert_into(items::table).values(RANKED.to_vec()).execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "S F");
}

#[test]
fn a_vec_is_inserted_at_once_without_optional_columns() {
    let (mut connection, events) = connection();
    diesel::insert_into(items::table).values(NAMED.to_vec()).execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "S F");
}

#[test]
fn a_vec_of_explicit_rows_is_inserted_at_once_and_never_cached() {
    let (mut connection, events) = connection();
    for _ in 0..2 {
        diesel::insert_into(items::table).values(EXPLICIT.to_vec()).execute(&mut connection).unwrap();
    }
    assert_eq!(events.letters(), "S F S F");
}
