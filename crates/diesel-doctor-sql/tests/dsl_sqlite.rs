//! Everything that Diesel's query builder writes for SQLite has a shape.

#[macro_use]
mod dsl;

use diesel::dsl as functions;
use diesel::dsl::frame::{CurrentRow, Range, Rows, UnboundedPreceding};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel::upsert::excluded;
use diesel_doctor_sql::Dialect;
use dsl::{BOB, Change, Collected, EVE, check, order_log, posts, users};

common!(Sqlite);

fn of_sqlite() -> Vec<Collected> {
    collect! { Sqlite:
        Select "users": users::table.select(users::id).intersect(posts::table.select(posts::user_id));
        Select "users": users::table.select(users::id).except(posts::table.select(posts::user_id));
        Select "users": users::table.filter(users::name.concat("x").eq("bx"));
        Select "users": users::table.filter(users::age.is(1));
        Select "users": users::table.filter(users::age.is_not(1));
        Select "users": users::table.inner_join(posts::table).select(users::id).filter(users::age.is(posts::score.nullable()));
        Select "posts": posts::table.select(posts::id).filter(posts::parent_id.is_not(posts::user_id.nullable()));
        Select "posts": posts::table.select(posts::id).filter(posts::parent_id.is((posts::user_id + 1).nullable())).filter(posts::title.is("x"));
        Select "users": users::table.filter(users::age.is(posts::table.select(functions::max(posts::score)).single_value()));
        Insert "users": diesel::insert_or_ignore_into(users::table).values(&BOB);
        Replace "users": diesel::replace_into(users::table).values(&EVE);
        Insert "users": diesel::insert_into(users::table).values(&BOB).returning(users::id);
        Insert "users": diesel::insert_into(users::table).values(&BOB).on_conflict_do_nothing();
        Insert "users": diesel::insert_into(users::table).values(&BOB).on_conflict(users::id).do_nothing();
        Insert "users": diesel::insert_into(users::table)
            .values(&BOB)
            .on_conflict(users::id)
            .do_update()
            .set(users::name.eq(excluded(users::name)));
        Insert "users": diesel::query_dsl::methods::FilterDsl::filter(
            diesel::insert_into(users::table)
                .values(&BOB)
                .on_conflict(users::id)
                .do_update()
                .set(users::name.eq(excluded(users::name))),
            users::name.is_not(excluded(users::name)),
        );
        Update "users": diesel::update(users::table.find(1)).set(users::name.eq("x")).returning(users::id);
        Delete "users": diesel::delete(users::table.find(1)).returning(users::id);
    }
}

#[test]
fn every_statement_has_its_shape() {
    let mut all = common();
    all.extend(of_sqlite());
    check(Dialect::Sqlite, "sqlite.txt", &all);
}
