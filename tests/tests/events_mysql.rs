//! What Diesel tells an instrumentation of a MySQL connection (the tests run against MariaDB).

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::BigInt;
use diesel_doctor_tests::events::{Unwritable, server};
use diesel_doctor_tests::items::items;

type Conn = MysqlConnection;

fn open() -> Conn {
    Conn::establish(&server("TEST_MYSQL_URL")).unwrap()
}

/// A key that counts by itself.
const KEY: &str = "INTEGER PRIMARY KEY AUTO_INCREMENT";

/// How the name of one item is asked for.
const NAME_OF_ONE: &str = "SELECT `items`.`name` FROM `items` WHERE (`items`.`id` = ?)";

#[path = "told/mod.rs"]
mod told;

#[path = "told/on_servers.rs"]
mod on_servers;

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
fn all_rows_arrive_before_the_finish_so_an_error_in_any_of_them_is_told() {
    let (mut connection, events) = connection();
    let overflow = sql::<BigInt>("9223372036854725807 + CAST(seq AS SIGNED) FROM seq_1_to_100000");
    let error = diesel::select(overflow).load::<i64>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::DatabaseError(..)), "{error:?}");
    assert_eq!(events.letters(), "S F!");
}

#[test]
fn a_bind_that_cannot_be_written_finishes_the_query_with_an_error() {
    let (mut connection, events) = connection();
    let query = items::table.select(items::id).filter(items::id.eq(Unwritable));
    let error = query.load::<i32>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::SerializationError(_)), "{error:?}");
    assert_eq!(events.letters(), "S C F!");
    diesel::delete(items::table.filter(items::id.eq(Unwritable))).execute(&mut connection).unwrap_err();
    assert_eq!(events.letters(), "S C F!");
}
