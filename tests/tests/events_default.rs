//! Diesel's default instrumentation: one for the process, so one test.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{
    Instrumentation, InstrumentationEvent, get_default_instrumentation, set_default_instrumentation,
};
use diesel::prelude::*;

/// An instrumentation that counts what it hears, and how often one was made.
macro_rules! counter {
    ($name:ident) => {
        struct $name;

        impl $name {
            fn made() -> &'static AtomicUsize {
                static MADE: AtomicUsize = AtomicUsize::new(0);
                &MADE
            }

            fn heard() -> &'static AtomicUsize {
                static HEARD: AtomicUsize = AtomicUsize::new(0);
                &HEARD
            }

            /// How many were made and how many events they heard since the last call.
            fn take() -> (usize, usize) {
                (Self::made().swap(0, Ordering::Relaxed), Self::heard().swap(0, Ordering::Relaxed))
            }

            fn make() -> Option<Box<dyn Instrumentation>> {
                Self::made().fetch_add(1, Ordering::Relaxed);
                Some(Box::new(Self))
            }
        }

        impl Instrumentation for $name {
            fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {
                Self::heard().fetch_add(1, Ordering::Relaxed);
            }
        }
    };
}

counter!(First);
counter!(Second);

fn connect() -> SqliteConnection {
    SqliteConnection::establish(":memory:").unwrap()
}

fn query(connection: &mut SqliteConnection) {
    diesel::sql_query("SELECT 1").execute(connection).unwrap();
}

#[test]
fn the_default_is_made_once_a_connection_and_the_last_one_set_wins() {
    let mut before = connect();

    set_default_instrumentation(First::make).unwrap();
    let mut of_first = connect();
    assert_eq!(First::take(), (1, 2), "one for the connection, which told that it was established");
    query(&mut before);
    assert_eq!(First::take(), (0, 0), "a connection from before stays without");
    query(&mut of_first);
    assert_eq!(First::take(), (0, 2));

    // The doctor can tell that it was replaced, at the price of one object.
    assert!(get_default_instrumentation().is_some_and(|made| made.is::<First>()));
    assert_eq!(First::take(), (1, 0));

    set_default_instrumentation(Second::make).unwrap();
    assert!(get_default_instrumentation().is_some_and(|made| !made.is::<First>()));
    Second::take();
    let mut of_second = connect();
    query(&mut of_first);
    query(&mut of_second);
    assert_eq!((First::take(), Second::take()), ((0, 2), (1, 4)), "each connection keeps its own");

    // What a connection carries can be looked at, whichever way it came there.
    assert!(of_first.instrumentation().is::<First>());
    of_second.set_instrumentation(First);
    assert!(of_second.instrumentation().downcast_mut::<First>().is_some());
    of_second.set_instrumentation(Box::new(First) as Box<dyn Instrumentation>);
    assert!(of_second.instrumentation().is::<First>(), "a box is unpacked");

    set_default_instrumentation(|| None).unwrap();
    let mut silent = connect();
    query(&mut silent);
    assert!(!silent.instrumentation().is::<First>());
    assert_eq!((First::take(), Second::take()), ((0, 0), (0, 0)));
}
