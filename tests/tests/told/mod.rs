//! What Diesel tells on every backend. The file that includes this one says which connection it is told of.

mod instrumentation;
mod queries;
mod transactions;

use diesel::connection::SimpleConnection as _;
use diesel_doctor_tests::events::Events;

use super::{Conn, KEY, open};

/// A connection with three items, and its events from now on.
pub(crate) fn connection() -> (Conn, Events) {
    let mut connection = open();
    connection
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE items (id {KEY}, name TEXT NOT NULL, rank INTEGER);
             INSERT INTO items (name, rank) VALUES ('a', 1), ('b', 2), ('c', NULL);"
        ))
        .unwrap();
    let events = Events::of(&mut connection);
    (connection, events)
}
