//! Conditions, operators and calls.

use sqlparser::tokenizer::Token;

use super::place::{Change, Place};
use crate::Dialect;

pub(super) fn change(place: &Place<'_>) -> Option<Change> {
    is(place).or_else(|| contained(place)).or_else(|| operator(place)).or_else(|| call(place)).or_else(|| record(place))
}

/// SQLite's `a IS b`, `a IS NOT b`: equal, and so are two NULLs.
fn is(place: &Place<'_>) -> Option<Change> {
    /// What other databases ask for by IS, and SQLite by some.
    const STATES: [&str; 12] = [
        "NULL",
        "TRUE",
        "FALSE",
        "UNKNOWN",
        "DISTINCT",
        "JSON",
        "DOCUMENT",
        "NORMALIZED",
        "NFC",
        "NFD",
        "NFKC",
        "NFKD",
    ];
    let negated = place.is(&["IS", "NOT"]);
    let operand = if negated { 2 } else { 1 };
    let asks_for_type = place.is_one_of(operand, &["OF"]) && place.token(operand + 1) == Some(&Token::LParen);
    if !place.is(&["IS"]) || place.is_one_of(operand, &STATES) || asks_for_type {
        return None;
    }
    Some(Change::words(operand, if negated { &["!="] } else { &["<=>"] }))
}

/// What stands behind IN.
fn contained(place: &Place<'_>) -> Option<Change> {
    // SQLite's `a IN table`
    if place.dialect == Dialect::Sqlite && place.is(&["IN"]) {
        let end = 1 + place.name(1);
        return (end > 1 && place.token(end) != Some(&Token::LParen)).then_some(Change {
            taken: end,
            words: &["IN", "(", "SELECT", "*", "FROM"],
            kept: 1..end,
            then: &[")"],
        });
    }
    // `a IN ((SELECT b), c)`: a list, though it starts like a query
    let starts_like_query = place.is_behind(&["IN"])
        && place.token(0) == Some(&Token::LParen)
        && place.token(1) == Some(&Token::LParen)
        && place.is_one_of(2, &["SELECT", "WITH", "VALUES"]);
    if !starts_like_query {
        return None;
    }
    let end = place.behind_bracket(1)?;
    let is_query = place.token(end) == Some(&Token::RParen)
        || place.is_one_of(end, &["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"]);
    (!is_query).then_some(Change { then: &["+"], ..Change::NONE })
}

fn operator(place: &Place<'_>) -> Option<Change> {
    // SQLite's `NOT GLOB`, `NOT MATCH`
    if place.is(&["NOT"]) && place.is_one_of(1, &["GLOB", "MATCH"]) && place.is_behind_operand() {
        return Some(Change::left_out(1));
    }
    if place.is(&["ISNULL"]) && place.is_behind_operand() {
        return Some(Change::words(1, &["IS", "NULL"]));
    }
    if place.is_behind(&["BETWEEN"]) && place.is(&["SYMMETRIC"]) {
        return Some(Change::left_out(1));
    }
    // MySQL's `SOUNDS LIKE`
    if place.is(&["SOUNDS", "LIKE"]) {
        return Some(Change::words(2, &["LIKE"]));
    }
    // MySQL's infix `MOD`
    if place.is(&["MOD"]) && place.token(1).is_some_and(|next| *next != Token::LParen) {
        return Some(Change::words(1, &["%"]));
    }
    // `a COLLATE x || b`, `a IN (b) COLLATE x`
    if place.is(&["COLLATE"]) && matches!(place.token(1), Some(Token::Word(_))) {
        return Some(Change::left_out(2));
    }
    match place.token(0)? {
        // MySQL's `!a`
        Token::ExclamationMark => Some(Change::words(1, &["NOT"])),
        // SQLite's shifts
        Token::ShiftLeft | Token::ShiftRight => Some(Change::words(1, &["%"])),
        // MySQL's `SET @a := b`
        Token::Assignment if place.starts(&["SET"]) => Some(Change::words(1, &["="])),
        _ => None,
    }
}

fn call(place: &Place<'_>) -> Option<Change> {
    // PostgreSQL's `f(VARIADIC a)`
    if place.is(&["VARIADIC"]) && matches!(place.before, Some(Token::LParen | Token::Comma)) {
        let goes_on = place.is_value(1)
            || place.name(1) > 0
            || place.is_one_of(1, &["ARRAY", "CAST"])
            || place.token(1) == Some(&Token::LParen);
        return goes_on.then(|| Change::left_out(1));
    }
    // MySQL's `CAST(a AS CHAR CHARACTER SET x)`
    let is_typed = place.before == Some(&Token::RParen) || place.is_behind(&["char", "varchar", "text"]);
    if is_typed && place.is(&["CHARACTER", "SET"]) && place.name(2) > 0 {
        return Some(Change::left_out(3));
    }
    if is_typed && place.is(&["CHARSET"]) && place.name(1) > 0 {
        return Some(Change::left_out(2));
    }
    // MySQL's `CHAR(65 USING x)`
    let encodes = place.bracket.is_some_and(|bracket| bracket.is_char);
    if encodes && place.is(&["USING"]) && place.token(2) == Some(&Token::RParen) {
        return Some(Change::left_out(2));
    }
    // MariaDB's `NEXT VALUE FOR s`
    let sequence = place.name(3);
    if place.is_one_of(0, &["NEXT", "PREVIOUS"])
        && place.is_one_of(1, &["VALUE"])
        && place.is_one_of(2, &["FOR"])
        && sequence > 0
        && !place.is_one_of(3, &["UPDATE", "SHARE", "NO", "KEY", "SYSTEM_TIME"])
    {
        return Some(Change::words(3 + sequence, &["nextval", "(", ")"]));
    }
    None
}

/// PostgreSQL's `(f(a)).*`: the call, and all its columns. A name in the brackets may be a table's or a column's.
fn record(place: &Place<'_>) -> Option<Change> {
    let is_record = place.token(0) == Some(&Token::RParen)
        && place.token(1) == Some(&Token::Period)
        && place.token(2) == Some(&Token::Mul)
        && place.bracket.is_some_and(|bracket| !bracket.is_lone_name);
    is_record.then(|| Change::words(3, &[")", ",", "*"]))
}
