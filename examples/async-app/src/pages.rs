//! The pages: three with the same problem in its async shapes, and one as it should be.

use std::collections::HashMap;

use anyhow::{Context, Result};
use diesel::prelude::*;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_doctor_async::prelude::*;
use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use super::Conn;
use crate::schema::{self, authors, books};

type Pool = diesel_async::pooled_connection::deadpool::Pool<Conn>;

/// Diagnoses each page.
pub(crate) async fn reports(url: &str) -> Result<Vec<Report>> {
    let pool = &pool(url)?;
    let mut reports = Vec::new();

    let (page, report) = books_one_by_one(pool).diagnose("books, authors one by one").await;
    page.context("books, one by one")?;
    reports.push(report);

    let (page, report) = resolvers(pool).diagnose("resolvers, all at once").await;
    page.context("resolvers")?;
    reports.push(report);

    let (page, report) = in_tasks(pool).diagnose("books, in tasks").await;
    page.context("tasks")?;
    reports.push(report);

    let (page, report) = batched(pool).diagnose("books, authors in one query").await;
    page.context("batched")?;
    reports.push(report);

    Ok(reports)
}

/// A pool whose connections each have the library's tables, and which tells them at each checkout whose they are.
fn pool(url: &str) -> Result<Pool> {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| Box::pin(open(url)));
    let manager = AsyncDieselConnectionManager::<Conn>::new_with_config(url, config);
    Ok(Pool::builder(manager).max_size(4).doctored("library").build()?)
}

/// A connection with tables and rows. It runs in the pool, so it may be part of a page: set-up is no query of the program's.
async fn open(url: &str) -> ConnectionResult<Conn> {
    let mut conn = Conn::establish(url).await?;
    conn.batch_execute(&schema::set_up()).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// All books with their authors: a query for the books, and one for each of them.
async fn books_one_by_one(pool: &Pool) -> Result<Vec<String>> {
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
async fn resolvers(pool: &Pool) -> Result<Vec<String>> {
    let ids: Vec<i32> = books::table.select(books::author_id).load(&mut pool.get().await?).await?;
    try_join_all(ids.into_iter().map(|id| resolve(pool, id))).await
}

async fn resolve(pool: &Pool, id: i32) -> Result<String> {
    let conn = &mut pool.get().await?;
    Ok(authors::table.find(id).select(authors::name).first(conn).await?) // expect: n-plus-one
}

/// A task for each book: they stay in the scope of the page by one call.
async fn in_tasks(pool: &Pool) -> Result<Vec<String>> {
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
async fn batched(pool: &Pool) -> Result<Vec<String>> {
    let conn = &mut pool.get().await?;
    let books = all_books(conn).await?;
    let ids = books.iter().map(|(_, author_id)| *author_id);
    let names = authors::table.filter(authors::id.eq_any(ids)).select((authors::id, authors::name));
    let names: HashMap<i32, String> = names.load(conn).await?.into_iter().collect();
    let by = |id: &i32| names.get(id).map_or("nobody", String::as_str);
    Ok(books.iter().map(|(title, author_id)| format!("{title} by {}", by(author_id))).collect())
}
