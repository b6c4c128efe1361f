//! The pages: three with a problem that every reviewer has seen, each beside one as it should be.

use std::collections::HashMap;
use std::fmt::Write as _;

use actix_web::web::{self, Data, Path, ServiceConfig};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_doctor_web::actix::block; // add: instead of web::block

use crate::schema::{authors, posts};
use crate::{AppError, Pool};

type Page = Result<String, AppError>;

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

pub(crate) fn configure(service: &mut ServiceConfig) {
    service
        .route("/posts", web::get().to(posts_one_by_one))
        .route("/fixed/posts", web::get().to(posts_batched))
        .route("/posts/{id}", web::get().to(post_twice))
        .route("/fixed/posts/{id}", web::get().to(post_once))
        .route("/authors/{id}/publish", web::post().to(publish_one_by_one))
        .route("/fixed/authors/{id}/publish", web::post().to(publish_at_once));
}

/// All posts, each with its author: a query for the posts, and one for each post.
async fn posts_one_by_one(pool: Data<Pool>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let mut page = String::new();
        for post in posts::table.filter(posts::published).select(Post::as_select()).order(posts::id).load(conn)? {
            let author = author_of(&post, conn)?;
            let _ = writeln!(page, "{} by {}", post.title, author.name);
        }
        Ok(page)
    })
    .await?
}

fn author_of(post: &Post, conn: &mut SqliteConnection) -> QueryResult<Author> {
    authors::table.find(post.author_id).select(Author::as_select()).first(conn) // expect: n-plus-one
}

/// The same page in two queries, however many posts there are.
async fn posts_batched(pool: Data<Pool>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let posts = posts::table.filter(posts::published).select(Post::as_select()).order(posts::id).load(conn)?;
        let ids = posts.iter().map(|post| post.author_id);
        let authors = authors::table.filter(authors::id.eq_any(ids)).select(Author::as_select()).load(conn)?;
        let names: HashMap<i32, String> = authors.into_iter().map(|author| (author.id, author.name)).collect();
        let mut page = String::new();
        for post in &posts {
            let author = names.get(&post.author_id).map_or("?", String::as_str);
            let _ = writeln!(page, "{} by {author}", post.title);
        }
        Ok(page)
    })
    .await?
}

/// A page whose header and footer each look the post up.
async fn post_twice(pool: Data<Pool>, id: Path<i32>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let header = post_by_id(*id, conn)?.title;
        let drafts: i64 = posts::table.filter(posts::published.eq(false)).count().get_result(conn)?;
        let footer = post_by_id(*id, conn)?.title;
        Ok(format!("{header}: {drafts} drafts left\n(end of {footer})\n"))
    })
    .await?
}

/// The same page with one look-up.
async fn post_once(pool: Data<Pool>, id: Path<i32>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let title = post_by_id(*id, conn)?.title;
        let drafts: i64 = posts::table.filter(posts::published.eq(false)).count().get_result(conn)?;
        Ok(format!("{title}: {drafts} drafts left\n(end of {title})\n"))
    })
    .await?
}

fn post_by_id(id: i32, conn: &mut SqliteConnection) -> QueryResult<Post> {
    posts::table.find(id).select(Post::as_select()).first(conn) // expect: duplicate-query
}

/// Publishes the drafts of an author, each with an update of its own.
async fn publish_one_by_one(pool: Data<Pool>, author: Path<i32>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let drafts: Vec<i32> = drafts_of(*author).select(posts::id).load(conn)?;
        for id in &drafts {
            diesel::update(posts::table.find(id)).set(posts::published.eq(true)).execute(conn)?; // expect: write-in-loop
        }
        Ok(format!("{} posts published\n", drafts.len()))
    })
    .await?
}

/// The same in one update.
async fn publish_at_once(pool: Data<Pool>, author: Path<i32>) -> Page {
    block(move || {
        let conn = &mut *pool.get()?;
        let published = diesel::update(drafts_of(*author)).set(posts::published.eq(true)).execute(conn)?;
        Ok(format!("{published} posts published\n"))
    })
    .await?
}

#[diesel::dsl::auto_type]
fn drafts_of(author: i32) -> _ {
    posts::table.filter(posts::author_id.eq(author)).filter(posts::published.eq(false))
}
