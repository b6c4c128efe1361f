//! Tables and rows to start with.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::schema::{authors, comments, posts};

/// How many posts there are, and how many comments each has.
const POSTS: i32 = 20;
const COMMENTS: i32 = 3;

/// Makes the tables and fills them. It runs outside any scope: what a program does to set itself up is not a page's business.
pub(crate) fn fill(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id), title TEXT NOT NULL);
         CREATE TABLE comments (id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL REFERENCES posts (id), body TEXT NOT NULL);
         CREATE TABLE tags (id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL REFERENCES posts (id), label TEXT NOT NULL);",
    )?;
    diesel::insert_into(authors::table).values((authors::id.eq(1), authors::name.eq("Ada"))).execute(conn)?;
    let rows: Vec<_> = (1..=POSTS)
        .map(|id| (posts::id.eq(id), posts::author_id.eq(1), posts::title.eq(format!("post {id}"))))
        .collect();
    diesel::insert_into(posts::table).values(&rows).execute(conn)?;
    let rows: Vec<_> = (1..=POSTS)
        .flat_map(|post| {
            (1..=COMMENTS).map(move |n| (comments::post_id.eq(post), comments::body.eq(format!("comment {n}"))))
        })
        .collect();
    diesel::insert_into(comments::table).values(&rows).execute(conn)?;
    Ok(())
}
