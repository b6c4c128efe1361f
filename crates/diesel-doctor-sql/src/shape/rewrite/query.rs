//! The clauses of queries.

use sqlparser::tokenizer::Token;

use super::place::{Change, Clause, Place, names};

pub(super) fn change(place: &Place<'_>) -> Option<Change> {
    lock(place).or_else(|| source(place)).or_else(|| clause(place)).or_else(|| file(place))
}

fn lock(place: &Place<'_>) -> Option<Change> {
    // `FOR NO KEY UPDATE`, `FOR KEY SHARE`
    if place.is_behind(&["FOR"]) && place.is(&["NO", "KEY", "UPDATE"]) {
        return Some(Change::words(3, &["UPDATE"]));
    }
    if place.is_behind(&["FOR"]) && place.is(&["KEY", "SHARE"]) {
        return Some(Change::words(2, &["SHARE"]));
    }
    // `FOR UPDATE OF a, b`
    if place.is_behind(&["UPDATE", "SHARE"]) && place.is(&["OF"]) {
        return Some(Change::left_out(1 + names(place.rest.get(1..).unwrap_or_default())));
    }
    // `LOCK IN SHARE MODE`
    place.is(&["LOCK", "IN", "SHARE", "MODE"]).then(|| Change::words(4, &["FOR", "SHARE"]))
}

/// What may stand before and behind a table.
fn source(place: &Place<'_>) -> Option<Change> {
    // SQLite's `INDEXED BY name`, `NOT INDEXED`
    if place.is(&["INDEXED", "BY"]) {
        return Some(Change::left_out(3));
    }
    if place.is(&["NOT", "INDEXED"]) {
        return Some(Change::left_out(2));
    }
    // MySQL's `PARTITION (p)`
    if place.is(&["PARTITION"]) && place.token(1) == Some(&Token::LParen) {
        let end = 2 + names(place.rest.get(2..).unwrap_or_default());
        if place.token(end) == Some(&Token::RParen) {
            return Some(Change::left_out(end + 1));
        }
    }
    // `ROWS FROM (a(), b())`: a call of calls
    let is_source = place.is_behind(&["FROM", "JOIN", "LATERAL"])
        || (place.clause == Clause::From && place.before == Some(&Token::Comma));
    if is_source && place.is(&["ROWS", "FROM"]) && place.token(2) == Some(&Token::LParen) {
        return Some(Change::words(2, &["ROWS"]));
    }
    if place.is(&["FOR", "SYSTEM_TIME"]) {
        return system_time(place).map(Change::left_out);
    }
    None
}

/// MariaDB's `FOR SYSTEM_TIME …`: how many tokens it takes.
fn system_time(place: &Place<'_>) -> Option<usize> {
    let moment = |at: usize| {
        let value = at + usize::from(place.is_one_of(at, &["TIMESTAMP", "TRANSACTION"]));
        place.is_value(value).then_some(value + 1)
    };
    let span = |link: &str| moment(3).filter(|&end| place.is_one_of(end, &[link])).and_then(|end| moment(end + 1));
    if place.is_one_of(2, &["ALL"]) {
        Some(3)
    } else if place.is_one_of(2, &["AS"]) && place.is_one_of(3, &["OF"]) {
        moment(4)
    } else if place.is_one_of(2, &["FROM"]) {
        span("TO")
    } else if place.is_one_of(2, &["BETWEEN"]) {
        span("AND")
    } else {
        None
    }
}

fn clause(place: &Place<'_>) -> Option<Change> {
    // MySQL's `GROUP BY a DESC`
    if place.clause == Clause::Group && place.is(&["DESC"]) {
        return Some(Change::left_out(1));
    }
    // `GROUP BY DISTINCT …`
    if place.clause == Clause::Group && place.is_behind(&["BY"]) && place.is(&["DISTINCT"]) {
        return Some(Change::left_out(1));
    }
    // `EXCLUDE CURRENT ROW` and the like in a window frame
    if place.is_behind(&["ROW", "FOLLOWING", "PRECEDING"]) && place.is(&["EXCLUDE"]) {
        return Some(Change::left_out(if place.is_one_of(1, &["CURRENT", "NO"]) { 3 } else { 2 }));
    }
    // `TABLE t`
    if place.before.is_none() && place.is(&["TABLE"]) {
        return Some(Change::words(1, &["SELECT", "*", "FROM"]));
    }
    // MySQL's `EXPLAIN EXTENDED`
    let explains = place.is_behind(&["EXPLAIN"])
        && place.is_one_of(0, &["EXTENDED", "PARTITIONS"])
        && place.is_one_of(1, &["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"]);
    explains.then(|| Change::left_out(1))
}

/// MySQL's `INTO OUTFILE 'x'`, `INTO @a`: rows go to the client or elsewhere.
fn file(place: &Place<'_>) -> Option<Change> {
    const OPTIONS: [&str; 9] =
        ["FIELDS", "COLUMNS", "TERMINATED", "BY", "OPTIONALLY", "ENCLOSED", "ESCAPED", "LINES", "STARTING"];
    if !place.is(&["INTO"]) {
        return None;
    }
    if place.is_one_of(1, &["OUTFILE", "DUMPFILE"]) && place.is_value(2) {
        let is_option = |&at: &usize| place.is_one_of(at, &OPTIONS) || place.is_value(at);
        let options = (3..place.rest.len()).take_while(is_option).count();
        return Some(Change::left_out(3 + options));
    }
    let variables = names(place.rest.get(1..).unwrap_or_default());
    let is_variable = |token: &Token| match token {
        Token::Word(word) => word.value.starts_with('@'),
        other => *other == Token::Comma,
    };
    let all = (1..=variables).all(|at| place.token(at).is_some_and(is_variable));
    (variables > 0 && all).then(|| Change::left_out(1 + variables))
}
