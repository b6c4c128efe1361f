//! Definitions of tables.

use sqlparser::tokenizer::Token;

use super::place::{Change, Place};

/// What of a table another one can be like.
const LIKENESSES: [&str; 10] = [
    "ALL",
    "COMMENTS",
    "COMPRESSION",
    "CONSTRAINTS",
    "DEFAULTS",
    "GENERATED",
    "IDENTITY",
    "INDEXES",
    "STATISTICS",
    "STORAGE",
];

pub(super) fn change(place: &Place<'_>) -> Option<Change> {
    if place.is(&["ZEROFILL"]) {
        return Some(Change::left_out(1));
    }
    if place.starts(&["DROP", "INDEX"]) {
        let concurrently = place.is_behind(&["INDEX"]) && place.is(&["CONCURRENTLY"]) && place.rest.len() > 1;
        return concurrently.then(|| Change::left_out(1));
    }
    // `ENCRYPTED PASSWORD 'x'`
    let of_role = place.starts(&["ALTER"]) || place.starts(&["CREATE"]);
    if of_role && place.is_one_of(0, &["ENCRYPTED", "UNENCRYPTED"]) && place.is_one_of(1, &["PASSWORD"]) {
        return Some(Change::left_out(1));
    }
    place.starts(&["CREATE"]).then(|| of_table(place)).flatten()
}

fn of_table(place: &Place<'_>) -> Option<Change> {
    // SQLite's `STRICT, WITHOUT ROWID`
    if place.bracket.is_none() && place.is(&["STRICT"]) && place.token(1) == Some(&Token::Comma) {
        return Some(Change::left_out(2));
    }
    if place.bracket.is_none() && place.token(0) == Some(&Token::Comma) && place.is_one_of(1, &["STRICT"]) {
        return Some(Change::left_out(2));
    }
    // SQLite's `UNIQUE (a) ON CONFLICT IGNORE`
    if place.is(&["ON", "CONFLICT"]) && place.is_one_of(2, &["IGNORE", "REPLACE", "ABORT", "FAIL", "ROLLBACK"]) {
        return Some(Change::left_out(3));
    }
    // PostgreSQL's `(LIKE t INCLUDING ALL)`
    if place.is_one_of(0, &["INCLUDING", "EXCLUDING"]) && place.is_one_of(1, &LIKENESSES) {
        return Some(Change::left_out(2));
    }
    partitions(place)
}

/// MySQL's `PARTITION BY … (PARTITION …)`, to the end; with a query behind it there is no leaving it out.
fn partitions(place: &Place<'_>) -> Option<Change> {
    let all = place.bracket.is_none() && place.is(&["PARTITION", "BY"]) && place.starts(&["CREATE", "TABLE"]);
    let queries = || (0..place.rest.len()).any(|at| place.is_one_of(at, &["SELECT", "AS", "LIKE", "WITH", "TABLE"]));
    (all && !queries()).then(|| Change::left_out(place.rest.len()))
}
