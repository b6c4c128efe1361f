//! Everything that Diesel's query builder writes for MySQL has a shape.

#[macro_use]
mod dsl;

use diesel::dsl as functions;
use diesel::dsl::DuplicatedKeys;
use diesel::dsl::frame::{CurrentRow, Range, Rows, UnboundedPreceding};
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel_doctor_sql::Dialect;
use dsl::{BOB, Change, Collected, EVE, check, order_log, posts, users};

common!(Mysql);

fn of_mysql() -> Vec<Collected> {
    collect! { Mysql:
        Select "users": users::table.for_update();
        Select "users": users::table.for_share();
        Select "users": users::table.for_update().skip_locked();
        Select "users": users::table.for_update().no_wait();
        Insert "users": diesel::insert_into(users::table).values(vec![BOB, EVE]);
        Insert "users": diesel::insert_or_ignore_into(users::table).values(&BOB);
        Replace "users": diesel::replace_into(users::table).values(&EVE);
        Insert "users": diesel::insert_into(users::table).values(&BOB).on_conflict_do_nothing();
        Insert "users": diesel::insert_into(users::table)
            .values(&BOB)
            .on_conflict(DuplicatedKeys)
            .do_update()
            .set(users::name.eq("x"));
    }
}

#[test]
fn every_statement_has_its_shape() {
    let mut all = common();
    all.extend(of_mysql());
    check(Dialect::MySql, "mysql.txt", &all);
}
