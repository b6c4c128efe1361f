//! The pages: three with a problem that every reviewer has seen, each beside one as it should be. Nothing here knows of diesel-doctor.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::Connection;
use crate::AppError;
use crate::schema::{authors, posts};

pub(super) type Pool = diesel_async::pooled_connection::deadpool::Pool<Connection>;

#[derive(Debug, Queryable, Selectable)]
struct Author {
    id: i32,
    name: String,
}

#[derive(Debug, Queryable, Selectable)]
struct Post {
    author_id: i32,
    title: String,
}

/// Makes tables and rows, and the routes.
pub(super) async fn router(pool: Pool) -> anyhow::Result<Router> {
    let mut conn = pool.get().await.context("the pool")?;
    conn.batch_execute(include_str!("seed.sql")).await?;
    drop(conn);
    Ok(Router::new()
        .route("/posts", get(posts_one_by_one))
        .route("/fixed/posts", get(posts_batched))
        .route("/posts/{id}", get(post_twice))
        .route("/fixed/posts/{id}", get(post_once))
        .route("/authors/{id}/publish", post(publish_one_by_one))
        .route("/fixed/authors/{id}/publish", post(publish_at_once))
        .with_state(pool))
}

/// All posts, each with its author: a query for the posts, and one for each post.
async fn posts_one_by_one(State(pool): State<Pool>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let mut page = String::new();
    for post in posts::table.filter(posts::published).select(Post::as_select()).order(posts::id).load(conn).await? {
        let author = author_of(&post, conn).await?;
        show(&mut page, &post, &author.name);
    }
    Ok(page)
}

async fn author_of(post: &Post, conn: &mut Connection) -> QueryResult<Author> {
    authors::table.find(post.author_id).select(Author::as_select()).first(conn).await // expect: n-plus-one
}

/// The same page in two queries, however many posts there are.
async fn posts_batched(State(pool): State<Pool>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let posts = posts::table.filter(posts::published).select(Post::as_select()).order(posts::id).load(conn).await?;
    let ids = posts.iter().map(|post| post.author_id);
    let authors = authors::table.filter(authors::id.eq_any(ids)).select(Author::as_select()).load(conn).await?;
    let names: HashMap<i32, String> = authors.into_iter().map(|author| (author.id, author.name)).collect();
    let mut page = String::new();
    for post in &posts {
        show(&mut page, post, names.get(&post.author_id).map_or("?", String::as_str));
    }
    Ok(page)
}

/// A page whose header and footer each look the post up.
async fn post_twice(State(pool): State<Pool>, Path(id): Path<i32>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let header = post_by_id(id, conn).await?.title;
    let drafts: i64 = posts::table.filter(posts::published.eq(false)).count().get_result(conn).await?;
    let footer = post_by_id(id, conn).await?.title;
    Ok(format!("{header}: {drafts} drafts left\n(end of {footer})\n"))
}

/// The same page with one look-up.
async fn post_once(State(pool): State<Pool>, Path(id): Path<i32>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let title = post_by_id(id, conn).await?.title;
    let drafts: i64 = posts::table.filter(posts::published.eq(false)).count().get_result(conn).await?;
    Ok(format!("{title}: {drafts} drafts left\n(end of {title})\n"))
}

async fn post_by_id(id: i32, conn: &mut Connection) -> QueryResult<Post> {
    posts::table.find(id).select(Post::as_select()).first(conn).await // expect: duplicate-query
}

/// Publishes the drafts of an author, each with an update of its own.
async fn publish_one_by_one(State(pool): State<Pool>, Path(author): Path<i32>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let drafts: Vec<i32> = drafts_of(author).select(posts::id).load(conn).await?;
    for id in &drafts {
        diesel::update(posts::table.find(id)).set(posts::published.eq(true)).execute(conn).await?; // expect: write-in-loop
    }
    Ok(format!("{} posts published\n", drafts.len()))
}

/// The same in one update.
async fn publish_at_once(State(pool): State<Pool>, Path(author): Path<i32>) -> Result<String, AppError> {
    let conn = &mut pool.get().await?;
    let published = diesel::update(drafts_of(author)).set(posts::published.eq(true)).execute(conn).await?;
    Ok(format!("{published} posts published\n"))
}

#[diesel::dsl::auto_type]
fn drafts_of(author: i32) -> _ {
    posts::table.filter(posts::author_id.eq(author)).filter(posts::published.eq(false))
}

fn show(page: &mut String, post: &Post, author: &str) {
    let _ = writeln!(page, "{} by {author}", post.title);
}
