//! When a connection has an instrumentation, and which.

use diesel::prelude::*;
use diesel_doctor_tests::events::Events;

use super::connection;

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
