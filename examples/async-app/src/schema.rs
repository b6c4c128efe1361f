//! The tables, as temporary ones of each connection.

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

/// The SQL that makes the tables and their rows.
pub(crate) fn set_up() -> String {
    let authors: Vec<_> = (1..=BOOKS).map(|id| format!("({id}, 'author {id}')")).collect();
    let books: Vec<_> = (1..=BOOKS).map(|id| format!("({id}, {id}, 'book {id}')")).collect();
    format!(
        "CREATE TEMPORARY TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TEMPORARY TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);
         INSERT INTO authors VALUES {};
         INSERT INTO books VALUES {};",
        authors.join(", "),
        books.join(", ")
    )
}
