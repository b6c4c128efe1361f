//! What Diesel's query builder writes, collected by running it.

#![allow(dead_code, unused_macros, reason = "each backend uses its own part")]

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel_doctor_sql::{Dialect, Level, Operation, Shape, Statement};

diesel::table! {
    users { id -> Integer, name -> Text, age -> Nullable<Integer>, active -> Bool, }
}
diesel::table! {
    posts { id -> Integer, user_id -> Integer, title -> Text, score -> Integer, parent_id -> Nullable<Integer>, }
}
diesel::table! {
    audit.order_log (order_id, line) { order_id -> BigInt, line -> Integer, #[sql_name = "group"] kind -> Text, }
}
// Names that are words of a grammar.
diesel::table! {
    transaction { id -> Integer, start -> Integer, release -> Integer, user -> Text, #[sql_name = "match"] game -> Text, }
}
diesel::table! {
    directory { id -> Integer, top -> Integer, local -> Text, }
}
diesel::joinable!(posts -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts);

#[derive(Debug, Insertable)]
#[diesel(table_name = users)]
pub(crate) struct NewUser {
    pub(crate) name: &'static str,
    pub(crate) age: Option<i32>,
}

#[derive(Debug, AsChangeset)]
#[diesel(table_name = users)]
pub(crate) struct Change {
    pub(crate) name: Option<&'static str>,
    pub(crate) age: Option<i32>,
}

pub(crate) const BOB: NewUser = NewUser { name: "bob", age: None };
pub(crate) const EVE: NewUser = NewUser { name: "eve", age: Some(3) };

/// A statement that was collected, and what is right of it.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) text: String,
    pub(crate) operation: Operation,
    /// The table that it names first.
    pub(crate) table: &'static str,
}

/// The text of a query.
pub(crate) fn text<B>(query: &dyn QueryFragment<B>) -> String
where
    B: Backend + Default,
    B::QueryBuilder: Default,
{
    let mut builder = B::QueryBuilder::default();
    query.to_sql(&mut builder, &B::default()).expect("the query can be written");
    builder.finish()
}

/// Collects queries, each after its operation and its first table.
macro_rules! collect {
    ($backend:ty: $($operation:ident $table:literal: $query:expr;)*) => {
        vec![$($crate::dsl::Collected {
            text: $crate::dsl::text::<$backend>(&$query),
            operation: diesel_doctor_sql::Operation::$operation,
            table: $table,
        }),*]
    };
}

/// Asserts that each statement has a shape with the right operation and table, with its dialect and without, and that the texts are those
/// on file: a release of Diesel that writes other ones is seen here. With `UPDATE_TEXTS=1` the file is written.
pub(crate) fn check(dialect: Dialect, file: &str, all: &[Collected]) {
    let texts: Vec<&str> = all.iter().map(|collected| collected.text.as_str()).collect();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dsl").join(file);
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        std::fs::write(&path, texts.join("\n") + "\n").expect("the file can be written");
    }
    let known = std::fs::read_to_string(&path).expect("the file can be read");
    assert_eq!(texts, known.lines().collect::<Vec<_>>(), "run with UPDATE_TEXTS=1 where the new texts are right");
    let mut wrong = Vec::new();
    for collected in all {
        let known = Statement::new(&collected.text, dialect);
        for statement in [&known, &Statement::new(&collected.text, Dialect::Unknown)] {
            let table = statement.shape().and_then(|shape| shape.tables().first()).map_or("", |table| &table.name);
            if statement.level() != Level::Parsed
                || statement.operation() != collected.operation
                || statement.shape().map(Shape::operation) != Some(collected.operation)
                || table != collected.table
                || !statement.summary().starts_with(statement.operation().as_str())
                || !statement.summary().contains(table)
                || statement.fingerprint() != known.fingerprint()
            {
                wrong.push(format!(
                    "{:?} {:?} {} {table:?} {}: {}",
                    statement.dialect(),
                    statement.level(),
                    statement.operation(),
                    statement.summary(),
                    collected.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The queries that all backends share, as functions of a backend.
macro_rules! common {
    ($backend:ty) => {
        fn filters() -> Vec<Collected> {
            collect! { $backend:
                Select "users": users::table.select(users::all_columns);
                Select "users": users::table.find(1);
                Select "users": users::table.select(users::name).filter(users::id.eq(1));
                Select "users": users::table.filter(users::name.like("x%").and(users::age.is_not_null()));
                Select "users": users::table.filter(users::name.not_like("x%").or(users::age.is_null()));
                Select "users": users::table.filter(users::id.eq_any(vec![1, 2, 3]));
                Select "users": users::table.filter(users::id.eq_any(Vec::<i32>::new()));
                Select "users": users::table.filter(users::id.ne_all(vec![1, 2, 3]));
                Select "users": users::table.filter(users::id.eq_any(posts::table.select(posts::user_id)));
                Select "users": users::table.filter(users::id.between(1, 5)).order(users::name.desc());
                Select "users": users::table.filter(users::id.not_between(1, 5)).order((users::name.asc(), users::id.desc()));
                Select "users": users::table.filter(users::id.gt(1)).filter(users::id.le(4)).limit(10).offset(20);
            }
        }

        fn more_filters() -> Vec<Collected> {
            collect! { $backend:
                Select "users": users::table.filter(functions::not(users::active));
                Select "users": users::table.filter(users::active.eq(true)).or_filter(users::age.gt(5));
                Select "users": users::table.filter((users::id + 1).eq(2)).filter((users::id * 2 - 1).lt(7));
                Select "users": users::table.filter((users::id / 2).ne(1));
                Select "users": users::table.filter(users::age.eq(Some(4))).select(users::name.nullable());
                Select "users": users::table.filter(users::id.eq(functions::sql::<diesel::sql_types::Integer>("1 + 1")));
                Select "users": users::table.filter(users::name.like("x").escape('!'));
                Select "users": users::table.filter(functions::exists(posts::table.filter(posts::user_id.eq(users::id))));
                Select "users": users::table.filter(functions::not(functions::exists(posts::table.filter(posts::user_id.eq(users::id)))));
                Select "order_log": order_log::table.find((1, 2));
                Select "order_log": order_log::table.select(order_log::kind).filter(order_log::kind.eq("x"));
                Select "users": users::table.select(functions::case_when(users::id.eq(1), users::name).when(users::id.eq(2), users::name).otherwise(users::name));
            }
        }

        fn boxed() -> Vec<Collected> {
            let filtered = |filters: i32| {
                let mut query = users::table.into_boxed::<$backend>();
                for id in 0..filters {
                    query = query.filter(users::id.ne(id));
                }
                query
            };
            collect! { $backend:
                Select "users": filtered(0);
                Select "users": filtered(1).order(users::id).limit(1);
                Select "users": filtered(60);
                Select "users": filtered(2).or_filter(users::name.eq("x")).offset(3).limit(4);
                Select "users": filtered(3).select(users::name).distinct();
            }
        }

        fn words() -> Vec<Collected> {
            use crate::dsl::{directory, transaction};
            collect! { $backend:
                Select "transaction": transaction::table.find(1);
                Select "transaction": transaction::table.filter(transaction::user.eq("x")).order(transaction::start.asc());
                Select "transaction": transaction::table.select((transaction::release, transaction::game)).filter(transaction::game.ne("x"));
                Insert "transaction": diesel::insert_into(transaction::table).values((transaction::start.eq(1), transaction::release.eq(2)));
                Update "transaction": diesel::update(transaction::table.find(1)).set(transaction::release.eq(transaction::release - 1));
                Delete "transaction": diesel::delete(transaction::table.filter(transaction::start.lt(3)));
                Select "directory": directory::table.select((directory::top, directory::local)).filter(directory::top.eq(1));
                Insert "directory": diesel::insert_into(directory::table).values(directory::local.eq("x"));
                Update "directory": diesel::update(directory::table).set(directory::top.eq(1));
                Delete "directory": diesel::delete(directory::table.find(1));
            }
        }

        fn aggregates() -> Vec<Collected> {
            collect! { $backend:
                Select "users": users::table.select(users::name).distinct();
                Select "users": users::table.count();
                Select "users": users::table.select((functions::max(users::id), functions::min(users::id), functions::sum(users::id), functions::avg(users::id)));
                Select "users": users::table.select(functions::count(users::age).aggregate_distinct());
                Select "posts": posts::table.group_by(posts::user_id).select((posts::user_id, functions::count_star()));
                Select "posts": posts::table.group_by((posts::user_id, posts::score)).having(functions::count_star().gt(2)).select(posts::user_id);
                Select "users": functions::select(functions::exists(users::table.filter(users::id.eq(1))));
                Select "": functions::select(1.into_sql::<diesel::sql_types::Integer>());
            }
        }

        fn joins() -> Vec<Collected> {
            let other = diesel::alias!(users as other);
            collect! { $backend:
                Select "users": users::table.inner_join(posts::table);
                Select "users": users::table.left_join(posts::table).select((users::id, posts::title.nullable()));
                Select "users": users::table.inner_join(posts::table.on(posts::user_id.eq(users::id).and(posts::score.gt(3))));
                Select "posts": posts::table.inner_join(users::table).filter(users::id.eq(1)).order(posts::score).limit(3);
                Select "users": users::table.inner_join(other.on(other.field(users::id).eq(users::id))).select(other.field(users::name));
            }
        }

        fn combinations() -> Vec<Collected> {
            collect! { $backend:
                Select "users": users::table.select(users::id).union(posts::table.select(posts::user_id));
                Select "users": users::table.select(users::id).union_all(posts::table.select(posts::user_id));
                Select "posts": diesel::sql_query(
                    "WITH RECURSIVE tree AS (SELECT id, parent_id FROM posts WHERE id = 1 UNION ALL \
                     SELECT p.id, p.parent_id FROM posts p JOIN tree ON p.parent_id = tree.id) SELECT * FROM tree"
                );
                Select "users": diesel::sql_query("SELECT * FROM users WHERE name = 'x' LIMIT 5");
            }
        }

        fn windows() -> Vec<Collected> {
            collect! { $backend:
                Select "posts": posts::table.select((posts::id, functions::row_number().partition_by(posts::user_id).window_order(posts::score)));
                Select "posts": posts::table.select(functions::rank().over().window_order(posts::score.desc()));
                Select "posts": posts::table.select(functions::dense_rank().partition_by((posts::user_id, posts::score)).window_order(posts::id));
                Select "posts": posts::table.select(functions::ntile(4).partition_by(posts::user_id).window_order(posts::score));
                Select "posts": posts::table.select(functions::lag(posts::score).window_order(posts::id));
                Select "posts": posts::table.select(functions::sum(posts::score).partition_by(posts::user_id));
                Select "posts": posts::table.select(functions::count(posts::id).over().frame_by(Rows.frame_start_with(CurrentRow)));
                Select "posts": posts::table.select(
                    functions::sum(posts::score).window_order(posts::id).frame_by(Rows.frame_between(UnboundedPreceding, 2.following()))
                );
                Select "posts": posts::table.select(
                    functions::first_value(posts::score).window_order(posts::id).frame_by(Range.frame_between(UnboundedPreceding, CurrentRow))
                );
            }
        }

        fn inserts() -> Vec<Collected> {
            collect! { $backend:
                Insert "users": diesel::insert_into(users::table).values(users::name.eq("bob"));
                Insert "users": diesel::insert_into(users::table).values((users::name.eq("bob"), users::age.eq(5)));
                Insert "users": diesel::insert_into(users::table).values(&BOB);
                Insert "users": diesel::insert_into(users::table).values(&EVE);
                Insert "users": diesel::insert_into(users::table).default_values();
                Insert "users": diesel::insert_into(users::table)
                    .values(posts::table.select((posts::title, posts::score.nullable())))
                    .into_columns((users::name, users::age));
                Insert "order_log": diesel::insert_into(order_log::table).values(order_log::kind.eq("x"));
            }
        }

        fn changes() -> Vec<Collected> {
            collect! { $backend:
                Update "users": diesel::update(users::table).set(users::name.eq("x"));
                Update "users": diesel::update(users::table.find(1)).set((users::name.eq("x"), users::age.eq(None::<i32>)));
                Update "users": diesel::update(users::table.filter(users::age.lt(3))).set(users::age.eq(users::age + 1));
                Update "users": diesel::update(users::table.find(1)).set(&Change { name: Some("x"), age: Some(1) });
                Update "users": diesel::update(users::table.filter(users::id.eq_any(vec![1, 2]))).set(users::active.eq(false));
                Delete "users": diesel::delete(users::table);
                Delete "users": diesel::delete(users::table.find(1));
                Delete "users": diesel::delete(users::table.filter(users::id.eq_any(vec![1, 2])));
                Delete "users": diesel::delete(
                    users::table.filter(users::id.eq_any(posts::table.select(posts::user_id).filter(posts::score.lt(1))))
                );
                Delete "order_log": diesel::delete(order_log::table.find((1, 2)));
            }
        }

        fn common() -> Vec<Collected> {
            let parts: [fn() -> Vec<Collected>; 10] =
                [filters, more_filters, words, boxed, aggregates, joins, combinations, windows, inserts, changes];
            parts.iter().flat_map(|part| part()).collect()
        }
    };
}
