//! The pages: three with the same problem in its async shapes, and one as it should be.

use std::collections::HashMap;

use anyhow::Result;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_doctor_async::prelude::*;
use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use crate::Conn;
use crate::schema::{authors, books};

/// All books with their authors: a query for the books, and one for each of them.
pub(crate) async fn books_one_by_one(pool: &Pool<Conn>) -> Result<Vec<String>> {
    let conn = &mut pool.get().await?;
    let mut lines = Vec::new();
    for (title, author_id) in all_books(conn).await? {
        let author = author(conn, author_id).await?;
        lines.push(format!("{title} by {author}"));
    }
    Ok(lines)
}

async fn author(conn: &mut Conn, id: i32) -> QueryResult<String> {
    authors::table.find(id).select(authors::name).first(conn).await // expect: n-plus-one
}

async fn all_books(conn: &mut Conn) -> QueryResult<Vec<(String, i32)>> {
    books::table.select((books::title, books::author_id)).order(books::id).load(conn).await
}

/// A resolver for each author, as in a GraphQL server: they run at the same time, and still each makes its query.
pub(crate) async fn resolvers(pool: &Pool<Conn>) -> Result<Vec<String>> {
    let ids: Vec<i32> = books::table.select(books::author_id).load(&mut pool.get().await?).await?;
    try_join_all(ids.into_iter().map(|id| resolve(pool, id))).await
}

async fn resolve(pool: &Pool<Conn>, id: i32) -> Result<String> {
    let conn = &mut pool.get().await?;
    Ok(authors::table.find(id).select(authors::name).first(conn).await?) // expect: n-plus-one
}

/// A task for each book: they stay in the scope of the page by one call.
pub(crate) async fn in_tasks(pool: &Pool<Conn>) -> Result<Vec<String>> {
    let mut tasks = JoinSet::new();
    for id in 1..=6 {
        let pool = pool.clone();
        let task = async move {
            let conn = &mut pool.get().await?;
            anyhow::Ok(books::table.find(id).select(books::title).first(conn).await?) // expect: n-plus-one
        };
        tasks.spawn(task.in_current_scope());
    }
    tasks.join_all().await.into_iter().collect()
}

/// All books with their authors again: two queries, however many books there are.
pub(crate) async fn batched(pool: &Pool<Conn>) -> Result<Vec<String>> {
    let conn = &mut pool.get().await?;
    let books = all_books(conn).await?;
    let ids = books.iter().map(|(_, author_id)| *author_id);
    let names = authors::table.filter(authors::id.eq_any(ids)).select((authors::id, authors::name));
    let names: HashMap<i32, String> = names.load(conn).await?.into_iter().collect();
    let by = |id: &i32| names.get(id).map_or("nobody", String::as_str);
    Ok(books.iter().map(|(title, author_id)| format!("{title} by {}", by(author_id))).collect())
}
