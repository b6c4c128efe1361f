//! What Diesel tells an instrumentation of a PostgreSQL connection.

use std::io::{Read as _, Write as _};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::expression::{AsExpression, IntoSql as _};
use diesel::pg::{Pg, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::result::Error;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, SqlType};
use diesel_doctor_tests::events::{Events, Unwritable, server};
use diesel_doctor_tests::items::{EXPLICIT, items};

type Conn = PgConnection;

fn open() -> Conn {
    Conn::establish(&server("TEST_POSTGRES_URL")).unwrap()
}

/// A key that counts by itself.
const KEY: &str = "SERIAL PRIMARY KEY";

/// How the name of one item is asked for.
const NAME_OF_ONE: &str = r#"SELECT "items"."name" FROM "items" WHERE ("items"."id" = $1)"#;

#[path = "told/mod.rs"]
mod told;

#[path = "told/on_servers.rs"]
mod on_servers;

use told::connection;

#[test]
fn a_list_is_one_bind_and_cached() {
    let (mut connection, events) = connection();
    let load = |connection: &mut Conn| {
        items::table.select(items::name).filter(items::id.eq_any([1, 2])).load::<String>(connection).unwrap()
    };
    load(&mut connection);
    load(&mut connection);
    let recorded = events.take();
    assert_eq!(recorded.iter().map(|event| event.letters.as_str()).collect::<String>(), "SCFSF");
    assert!(recorded[0].query.ends_with(r#"("items"."id" = ANY($1)) -- binds: [[1, 2]]"#), "{}", recorded[0].query);
}

#[test]
fn an_error_while_rows_are_computed_is_told() {
    let (mut connection, events) = connection();
    let overflow = sql::<BigInt>("(1 / (2 - id))::bigint");
    let error = items::table.select(overflow).load::<i64>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::DatabaseError(..)), "{error:?}");
    assert_eq!(events.letters(), "S F!");
}

#[test]
fn a_bind_that_cannot_be_written_leaves_a_load_unfinished_and_fails_an_execute() {
    let (mut connection, events) = connection();
    let query = items::table.select(items::id).filter(items::id.eq(Unwritable));
    let error = query.load::<i32>(&mut connection).unwrap_err();
    assert!(matches!(error, Error::SerializationError(_)), "{error:?}");
    assert_eq!(events.letters(), "S");
    diesel::delete(items::table.filter(items::id.eq(Unwritable))).execute(&mut connection).unwrap_err();
    assert_eq!(events.letters(), "S F!");
}

#[test]
fn row_by_row_a_query_finishes_when_its_iterator_is_dropped() {
    let (mut connection, events) = connection();
    let mut rows = items::table.select(items::id).load_iter::<i32, PgRowByRowLoadingMode>(&mut connection).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), 1);
    assert_eq!(events.letters(), "S C");
    drop(rows);
    assert_eq!(events.letters(), "F");
}

#[test]
fn row_by_row_an_error_finishes_the_query_twice() {
    let (mut connection, events) = connection();
    let division = sql::<BigInt>("(1 / (2 - id))::bigint");
    let query = items::table.select(division).order(items::id);
    let rows = query.load_iter::<i64, PgRowByRowLoadingMode>(&mut connection).unwrap();
    assert_eq!(rows.filter(Result::is_err).count(), 1);
    assert_eq!(events.letters(), "S F! F");
}

#[test]
fn the_first_use_of_a_custom_type_nests_a_query_for_its_number() {
    let mut connection = open();
    connection.begin_test_transaction().unwrap();
    connection.batch_execute("CREATE TYPE mood AS ENUM ('sad', 'glad')").unwrap();
    let events = Events::of(&mut connection);
    for _ in 0..2 {
        diesel::select(Glad.into_sql::<MoodType>().is_not_null()).get_result::<bool>(&mut connection).unwrap();
    }
    let recorded = events.take();
    let letters: Vec<_> = recorded.iter().map(|event| event.letters.as_str()).collect();
    assert_eq!(letters, ["S", "S", "F", "C", "F", "S", "F"]);
    assert!(recorded[1].query.starts_with("SELECT \"pg_type\".\"oid\""), "{}", recorded[1].query);
}

#[derive(Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(name = "mood"))]
struct MoodType;

#[derive(Clone, Copy, Debug, AsExpression)]
#[diesel(sql_type = MoodType)]
struct Glad;

impl ToSql<MoodType, Pg> for Glad {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(b"glad")?;
        Ok(IsNull::No)
    }
}

#[test]
fn copies_are_told_as_queries() {
    let (mut connection, events) = connection();
    diesel::copy_from(items::table).from_insertable(EXPLICIT.to_vec()).execute(&mut connection).unwrap();
    assert_eq!(events.letters(), "S F");
    let mut text = String::new();
    diesel::copy_to(items::table).load_raw(&mut connection).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 5);
    assert_eq!(events.letters(), "S F");
}

#[test]
fn a_copy_that_fails_finishes_with_an_error() {
    let (mut connection, events) = connection();
    diesel::copy_from(items::table)
        .from_raw_data(items::table, |copy| {
            copy.write_all(b"no number\n").unwrap();
            diesel::QueryResult::Ok(())
        })
        .execute(&mut connection)
        .unwrap_err();
    assert_eq!(events.letters(), "S F!");
}

#[test]
fn a_built_transaction_is_told_like_any_other() {
    let (mut connection, events) = connection();
    connection.build_transaction().read_only().run(|_| Ok::<_, Error>(())).unwrap();
    let recorded = events.take();
    assert_eq!(
        recorded.iter().map(|event| event.letters.as_str()).collect::<Vec<_>>(),
        ["B1", "S", "F", "K1", "S", "F"]
    );
    assert_eq!(recorded[1].query, "BEGIN TRANSACTION READ ONLY");
}

#[test]
fn a_commit_that_fails_tells_of_no_rollback() {
    let (mut connection, events) = connection();
    connection
        .batch_execute("ALTER TABLE items ADD CONSTRAINT once UNIQUE (name) DEFERRABLE INITIALLY DEFERRED")
        .unwrap();
    events.take();
    connection
        .transaction(|connection| diesel::update(items::table).set(items::name.eq("same")).execute(connection))
        .unwrap_err();
    assert_eq!(events.letters(), "B1 S F S F K1 S F!");
}
