//! The tables.

diesel::table! {
    authors (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    posts (id) {
        id -> Integer,
        author_id -> Integer,
        title -> Text,
        published -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(authors, posts);
