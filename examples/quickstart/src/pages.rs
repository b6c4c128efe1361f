//! The pages: three with a problem that every reviewer has seen, and one as it should be.

use std::fmt::Write;

use diesel::prelude::*;

use crate::models::{Author, Comment, NewTag, Post};
use crate::schema::{authors, posts, tags};

/// All posts, each with its comments: a query for the posts, and one for each post.
pub(crate) fn posts_one_by_one(conn: &mut SqliteConnection) -> QueryResult<String> {
    let mut html = String::new();
    for post in posts::table.select(Post::as_select()).order(posts::id).load(conn)? {
        let comments = comments_of(&post, conn)?;
        show(&mut html, &post, &comments);
    }
    Ok(html)
}

fn comments_of(post: &Post, conn: &mut SqliteConnection) -> QueryResult<Vec<Comment>> {
    Comment::belonging_to(post).select(Comment::as_select()).load(conn) // expect: n-plus-one
}

/// A page of an author whose header and footer each look the author up.
pub(crate) fn author_twice(conn: &mut SqliteConnection) -> QueryResult<String> {
    let header = author(1, conn)?.name;
    let count: i64 = posts::table.filter(posts::author_id.eq(1)).count().get_result(conn)?;
    let footer = author(1, conn)?.name;
    Ok(format!("<h1>{header}</h1><p>{count} posts</p><footer>by {footer}</footer>"))
}

fn author(id: i32, conn: &mut SqliteConnection) -> QueryResult<Author> {
    authors::table.find(id).select(Author::as_select()).first(conn) // expect: duplicate-query
}

/// Saves the tags of a form, each with an insert of its own.
pub(crate) fn save_tags_row_by_row(conn: &mut SqliteConnection) -> QueryResult<String> {
    let labels = ["rust", "diesel", "sqlite", "queries", "loops"];
    conn.transaction(|conn| {
        for label in labels {
            let tag = NewTag { post_id: 1, label };
            diesel::insert_into(tags::table).values(&tag).execute(conn)?; // expect: write-in-loop
        }
        Ok(format!("<p>{} tags saved</p>", labels.len()))
    })
}

/// All posts with their comments again: two queries, however many posts there are.
pub(crate) fn posts_batched(conn: &mut SqliteConnection) -> QueryResult<String> {
    let posts = posts::table.select(Post::as_select()).order(posts::id).load(conn)?;
    let comments = Comment::belonging_to(&posts).select(Comment::as_select()).load(conn)?;
    let comments = comments.grouped_by(&posts);

    let mut html = String::new();
    for (post, comments) in posts.iter().zip(comments) {
        show(&mut html, post, &comments);
    }
    Ok(html)
}

fn show(html: &mut String, post: &Post, comments: &[Comment]) {
    let _ = write!(html, "<h2>{}</h2>", post.title);
    for comment in comments {
        let _ = write!(html, "<p>{}: {}</p>", comment.post_id, comment.body);
    }
}
