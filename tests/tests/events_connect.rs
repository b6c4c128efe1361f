//! What Diesel tells its default instrumentation while a connection is established.

use diesel::prelude::*;
use diesel_doctor_tests::events::{Events, establishing};

/// `works` is established, used and dropped; `fails` is not established.
fn check<C: Connection>(works: &str, fails: &str, use_it: impl Fn(&mut C)) {
    let (mut connection, events) = establishing(|| C::establish(works).unwrap());
    assert_eq!(events.letters(), "E E.");
    use_it(&mut connection);
    assert_eq!(events.letters(), "S F");
    drop(connection);
    assert_eq!(events.letters(), "");
    let (connection, events) = establishing(|| C::establish(fails));
    assert!(connection.is_err());
    assert_eq!(events.letters(), "E E!");
}

#[test]
fn sqlite() {
    check::<SqliteConnection>(":memory:", "/nonexistent/directory/file", |connection| {
        diesel::sql_query("SELECT 1").execute(connection).unwrap();
    });
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_without_the_settings_it_makes() {
    let url = diesel_doctor_tests::events::server("TEST_POSTGRES_URL");
    check::<PgConnection>(&url, "postgres://nobody@127.0.0.1:1/nothing", |connection| {
        diesel::sql_query("SELECT 1").execute(connection).unwrap();
    });
}

#[cfg(feature = "mysql")]
#[test]
fn mysql_without_the_settings_it_makes() {
    let url = diesel_doctor_tests::events::server("TEST_MYSQL_URL");
    check::<MysqlConnection>(&url, "mysql://nobody@127.0.0.1:1/nothing", |connection| {
        diesel::sql_query("SELECT 1").execute(connection).unwrap();
    });
}

#[test]
fn an_own_instrumentation_replaces_the_default_one() {
    let (mut connection, of_default) = establishing(|| SqliteConnection::establish(":memory:").unwrap());
    of_default.take();
    let own = Events::of(&mut connection);
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    assert_eq!((of_default.letters().as_str(), own.letters().as_str()), ("", "S F"));
}
