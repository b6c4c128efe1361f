//! The rows.

use diesel::prelude::*;

use crate::schema::{authors, comments, posts, tags};

#[derive(Debug, Identifiable, Queryable, Selectable)]
pub(crate) struct Author {
    pub id: i32,
    pub name: String,
}

#[derive(Debug, Identifiable, Queryable, Selectable)]
pub(crate) struct Post {
    pub id: i32,
    pub title: String,
}

#[derive(Debug, Identifiable, Queryable, Selectable, Associations)]
#[diesel(belongs_to(Post))]
pub(crate) struct Comment {
    pub id: i32,
    pub post_id: i32,
    pub body: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = tags)]
pub(crate) struct NewTag<'a> {
    pub post_id: i32,
    pub label: &'a str,
}
