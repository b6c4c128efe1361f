//! Transactions, their nesting, and their ends.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::prelude::*;
use diesel::result::Error;
use diesel_doctor_tests::items::items;

use super::connection;

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
