//! Everything that Diesel's query builder writes for PostgreSQL has a shape.

#[macro_use]
mod dsl;

use diesel::dsl as functions;
use diesel::dsl::frame::{CurrentRow, ExcludeCurrentRow, ExcludeTies, Groups, Range, Rows, UnboundedPreceding};
use diesel::dsl::{OnlyDsl, TablesampleDsl};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::upsert::{DecoratableTarget, excluded, on_constraint};
use diesel_doctor_sql::Dialect;
use dsl::{BOB, Change, Collected, EVE, check, order_log, posts, users};
use schema::documents;

mod schema {
    diesel::table! {
        documents {
            id -> Integer,
            tags -> Array<Text>,
            span -> Range<Integer>,
            body -> Jsonb,
            at -> Timestamp,
            bytes -> Binary,
        }
    }
}

common!(Pg);

fn clauses() -> Vec<Collected> {
    collect! { Pg:
        Select "users": users::table.select(users::id).intersect(posts::table.select(posts::user_id));
        Select "users": users::table.select(users::id).except(posts::table.select(posts::user_id));
        Select "users": users::table.filter(users::age.is_distinct_from(Some(4)));
        Select "users": users::table.filter(users::age.is_not_distinct_from(None::<i32>));
        Select "users": users::table.filter(users::name.ilike("x%")).filter(users::name.not_ilike("y%"));
        Select "users": users::table.filter(users::name.similar_to("x%"));
        Select "users": users::table.filter(users::name.concat("x").eq("bx"));
        Select "users": users::table.distinct_on(users::age).order((users::age, users::id));
        Select "users": users::table.order((users::age.desc().nulls_last(), users::name.asc().nulls_first()));
        Select "users": users::table.select(users::id.cast::<diesel::sql_types::BigInt>());
        Select "users": users::table.only().select(users::id);
        Select "users": users::table.tablesample_system(10).select(users::id);
        Select "users": users::table.tablesample_bernoulli(10).with_seed(4.0).select(users::id);
    }
}

fn locks() -> Vec<Collected> {
    collect! { Pg:
        Select "users": users::table.for_update();
        Select "users": users::table.for_no_key_update();
        Select "users": users::table.for_share();
        Select "users": users::table.for_key_share();
        Select "users": users::table.for_update().skip_locked();
        Select "users": users::table.for_update().no_wait();
    }
}

fn frames() -> Vec<Collected> {
    collect! { Pg:
        Select "posts": posts::table.select(
            functions::sum(posts::score)
                .window_order(posts::id)
                .frame_by(Groups.frame_between_with_exclusion(UnboundedPreceding, CurrentRow, ExcludeTies))
        );
        Select "posts": posts::table.select(
            functions::sum(posts::score)
                .window_order(posts::id)
                .frame_by(Range.frame_start_with_exclusion(UnboundedPreceding, ExcludeCurrentRow))
        );
        Select "posts": posts::table.select(functions::count(posts::id).aggregate_filter(posts::score.gt(2)));
    }
}

fn arrays() -> Vec<Collected> {
    collect! { Pg:
        Select "documents": documents::table.select(documents::id).filter(documents::tags.contains(vec!["a", "b"]));
        Select "documents": documents::table.select(documents::id).filter(documents::tags.is_contained_by(vec!["a"]));
        Select "documents": documents::table.select(documents::id).filter(documents::tags.overlaps_with(vec!["a"]));
        Select "documents": documents::table.select(documents::tags.index(1));
        Select "documents": documents::table.select(documents::tags.concat(vec!["x"]));
        Select "documents": documents::table.select(functions::array::<Integer, _>((documents::id, 2)));
        Select "documents": documents::table.select(documents::id).filter(documents::span.contains(3));
        Select "documents": documents::table.select(documents::id).filter(documents::span.overlaps_with(documents::span));
        Select "documents": documents::table.select(documents::id).filter(documents::span.range_adjacent(documents::span));
    }
}

fn json() -> Vec<Collected> {
    collect! { Pg:
        Select "documents": documents::table.select(documents::id).filter(documents::body.has_key("k"));
        Select "documents": documents::table.select(documents::id).filter(documents::body.has_any_key(vec!["k", "l"]));
        Select "documents": documents::table.select(documents::id).filter(documents::body.has_all_keys(vec!["k", "l"]));
        Select "documents": documents::table.select(documents::body.retrieve_as_text("k"));
        Select "documents": documents::table.select(documents::body.retrieve_as_object("k").retrieve_as_text(1));
        Select "documents": documents::table.select(documents::body.retrieve_by_path_as_text(vec!["k", "l"]));
        Select "documents": documents::table.select(documents::body.remove("k"));
        Select "documents": documents::table.select(documents::body.remove_by_path(vec!["k"]));
        Select "documents": documents::table.select(documents::id).filter(documents::body.contains(documents::body));
        Select "documents": documents::table.select(documents::id).filter(documents::body.is_contained_by(documents::body));
        Select "documents": documents::table.select(documents::at.at_time_zone("UTC"));
        Select "documents": documents::table.select(documents::id).filter(documents::bytes.concat(vec![1_u8]).eq(vec![1_u8]));
    }
}

fn writes() -> Vec<Collected> {
    collect! { Pg:
        Insert "users": diesel::insert_into(users::table).values(vec![BOB, EVE]);
        Insert "users": diesel::insert_into(users::table).values(&BOB).returning(users::id);
        Insert "users": diesel::insert_into(users::table).values(&BOB).returning(users::all_columns);
        Insert "users": diesel::insert_into(users::table).values(&BOB).on_conflict_do_nothing();
        Insert "users": diesel::insert_into(users::table).values(&BOB).on_conflict(users::id).do_nothing();
        Insert "users": diesel::insert_into(users::table)
            .values(&BOB)
            .on_conflict((users::id, users::name))
            .do_update()
            .set(users::name.eq(excluded(users::name)));
        Insert "users": diesel::insert_into(users::table)
            .values(&BOB)
            .on_conflict(on_constraint("users_name"))
            .do_update()
            .set(users::age.eq(1));
        Insert "users": diesel::insert_into(users::table)
            .values(&BOB)
            .on_conflict(users::id)
            .filter_target(users::age.gt(3))
            .do_update()
            .set(users::age.eq(1));
        Insert "users": diesel::query_dsl::methods::FilterDsl::filter(
            diesel::insert_into(users::table).values(&BOB).on_conflict(users::id).do_update().set(users::age.eq(1)),
            users::age.gt(3)
        );
        Update "users": diesel::update(users::table.find(1)).set(users::name.eq("x")).returning(users::id);
        Delete "users": diesel::delete(users::table.find(1)).returning(users::all_columns);
    }
}

#[test]
fn every_statement_has_its_shape() {
    let mut all = common();
    for part in [clauses, locks, frames, arrays, json, writes] {
        all.extend(part());
    }
    check(Dialect::PostgreSql, "postgres.txt", &all);
}
