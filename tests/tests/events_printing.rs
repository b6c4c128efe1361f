//! How a query prints itself, chunk by chunk: the statement in one, then a marker, then the binds.
//!
//! The marker can stand in the statement and in a bind too, so only the chunks tell where the statement ends.

use std::fmt::{self, Write};
use std::sync::mpsc;

use diesel::connection::{InstrumentationEvent, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_doctor_tests::items::{NO_CHANGES, items};

const MARKER: &str = " -- binds: ";

/// The chunks that it was given, and how many more it takes.
struct Chunks(Vec<String>, usize);

impl Write for Chunks {
    fn write_str(&mut self, chunk: &str) -> fmt::Result {
        self.1 = self.1.checked_sub(1).ok_or(fmt::Error)?;
        self.0.push(chunk.to_owned());
        Ok(())
    }
}

/// What the queries of `work` print when they start, to a writer that refuses after `limit` chunks, and whether all was
/// taken.
fn print<C: Connection>(mut connection: C, limit: usize, work: impl FnOnce(&mut C)) -> Vec<(Vec<String>, bool)> {
    let (sender, receiver) = mpsc::channel();
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let mut chunks = Chunks(Vec::new(), limit);
            let taken = write!(chunks, "{query}").is_ok();
            sender.send((chunks.0, taken)).expect("the receiver outlives the connection");
        }
    });
    work(&mut connection);
    drop(connection);
    receiver.into_iter().collect()
}

/// One query with the marker in its text and in a bind: the statement, and the binds joined.
macro_rules! check {
    ($connection:expr, $statement:expr, $binds:expr) => {
        let query = || {
            items::table
                .select(items::id)
                .filter(items::id.eq_any([1, 2]))
                .filter(items::name.eq(MARKER))
                .filter(sql::<Bool>("'' <> ' -- binds: '"))
        };
        // Whether the table exists does not matter: the query is printed before it is sent.
        let printed = print($connection, usize::MAX, |connection| drop(query().load::<i32>(connection)));
        let [(chunks, true)] = printed.as_slice() else { panic!("not one whole query: {printed:?}") };
        assert_eq!(chunks[0], $statement);
        assert_eq!(chunks[1], MARKER);
        assert_eq!(chunks[2..].concat(), $binds);
        for limit in [0, 1, 2] {
            let printed = print($connection, limit, |connection| drop(query().load::<i32>(connection)));
            assert_eq!(printed, [(chunks[..limit].to_vec(), false)]);
        }
    };
}

#[test]
fn sqlite() {
    check!(
        SqliteConnection::establish(":memory:").unwrap(),
        "SELECT `items`.`id` FROM `items` WHERE (((`items`.`id` IN (?, ?)) AND (`items`.`name` = ?)) AND '' <> ' -- binds: ')",
        r#"[1, 2, " -- binds: "]"#
    );
}

#[cfg(feature = "postgres")]
#[test]
fn postgres() {
    check!(
        PgConnection::establish(&diesel_doctor_tests::events::server("TEST_POSTGRES_URL")).unwrap(),
        r#"SELECT "items"."id" FROM "items" WHERE ((("items"."id" = ANY($1)) AND ("items"."name" = $2)) AND '' <> ' -- binds: ')"#,
        r#"[[1, 2], " -- binds: "]"#
    );
}

#[cfg(feature = "mysql")]
#[test]
fn mysql() {
    check!(
        MysqlConnection::establish(&diesel_doctor_tests::events::server("TEST_MYSQL_URL")).unwrap(),
        "SELECT `items`.`id` FROM `items` WHERE (((`items`.`id` IN (?, ?)) AND (`items`.`name` = ?)) AND '' <> ' -- binds: ')",
        r#"[1, 2, " -- binds: "]"#
    );
}

#[test]
fn a_query_without_binds_prints_the_marker_and_an_empty_list() {
    let connection = SqliteConnection::establish(":memory:").unwrap();
    let printed =
        print(connection, usize::MAX, |connection| drop(items::table.select(items::id).load::<i32>(connection)));
    assert_eq!(printed[0].0[..2], ["SELECT `items`.`id` FROM `items`", MARKER]);
    assert_eq!(printed[0].0[2..].concat(), "[]");
    let connection = SqliteConnection::establish(":memory:").unwrap();
    let printed = print(connection, usize::MAX, |connection| drop(diesel::sql_query("SELECT 1").execute(connection)));
    assert_eq!(printed[0].0.concat(), "SELECT 1 -- binds: []");
}

#[test]
fn statements_of_a_batch_and_of_a_transaction_print_no_binds() {
    let connection = SqliteConnection::establish(":memory:").unwrap();
    let printed = print(connection, usize::MAX, |connection| {
        connection.transaction(|connection| connection.batch_execute("SELECT 1; SELECT 2")).unwrap();
    });
    let statements: Vec<_> = printed.into_iter().map(|(chunks, _)| chunks).collect();
    assert_eq!(statements, [["BEGIN"], ["SELECT 1; SELECT 2"], ["COMMIT"]]);
}

#[test]
fn a_query_that_cannot_be_built_fails_to_print() {
    let connection = SqliteConnection::establish(":memory:").unwrap();
    let printed = print(connection, usize::MAX, |connection| {
        diesel::update(items::table).set(NO_CHANGES).execute(connection).unwrap_err();
    });
    assert_eq!(printed, [(Vec::new(), false)]);
}
