//! The tables, as temporary ones of each connection.

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};

use crate::Conn;

diesel::table! {
    authors (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    books (id) {
        id -> Integer,
        author_id -> Integer,
        title -> Text,
    }
}

/// How many books there are, each by an author of its own.
const BOOKS: usize = 12;

/// A connection with tables and rows. It runs in the pool, so it may be part of a page: set-up is no query of the program's.
pub(crate) async fn open(url: &str) -> ConnectionResult<Conn> {
    let mut conn = Conn::establish(url).await?;
    let authors: Vec<_> = (1..=BOOKS).map(|id| format!("({id}, 'author {id}')")).collect();
    let books: Vec<_> = (1..=BOOKS).map(|id| format!("({id}, {id}, 'book {id}')")).collect();
    let sql = format!(
        "CREATE TEMPORARY TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TEMPORARY TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);
         INSERT INTO authors VALUES {};
         INSERT INTO books VALUES {};",
        authors.join(", "),
        books.join(", ")
    );
    conn.batch_execute(&sql).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
