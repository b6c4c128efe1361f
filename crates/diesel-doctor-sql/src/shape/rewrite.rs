//! Works around syntax that `sqlparser` 0.63 does not know, by leaving out or replacing what does not change the shape.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::word;

/// The tokens with what the parser does not know replaced.
pub(super) fn rewrite(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let tokens = &join_tables(tokens)[..];
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    let mut grouping = false;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        grouping = match word(&token.token) {
            Some("GROUP") => true,
            Some("ORDER" | "HAVING" | "LIMIT" | "SELECT") => false,
            _ => grouping,
        };
        // MySQL's `GROUP BY a DESC`
        if grouping && word(&token.token) == Some("DESC") {
            at += 1;
            continue;
        }
        if let Some((target, condition)) = conflict_target(rest) {
            written.extend_from_slice(target);
            at += target.len() + condition;
            continue;
        }
        let before = written.last().and_then(|before| word(&before.token)).map(str::to_ascii_uppercase);
        let (taken, replacement): (usize, &[&str]) = replace(rest, before.as_deref(), written.is_empty());
        if taken > 0 {
            written.extend(replacement.iter().map(|text| TokenWithSpan { token: spelled(text), span: token.span }));
            at += taken;
        } else {
            written.push(token.clone());
            at += 1;
        }
    }
    written
}

/// MySQL's lists of tables, in brackets or between UPDATE and SET: a comma there joins.
fn join_tables(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // For each open bracket, and outside of all, whether tables stand in it.
    let mut lists = vec![false];
    for (at, token) in tokens.iter().enumerate() {
        let before = written.last().map(|before| &before.token);
        let behind_table_word = before.and_then(word).is_some_and(|word| matches!(word, "FROM" | "JOIN" | "UPDATE"));
        let in_list = lists.last() == Some(&true);
        match &token.token {
            Token::LParen => {
                let opens = behind_table_word || (in_list && before == Some(&Token::LParen));
                let names = !tokens
                    .get(at + 1)
                    .and_then(|next| word(&next.token))
                    .is_some_and(|word| matches!(word, "SELECT" | "WITH" | "VALUES" | "TABLE"));
                lists.push(opens && names);
            }
            Token::RParen => {
                lists.pop();
            }
            Token::Comma if in_list => {
                let joined = ["CROSS", "JOIN"].map(|text| TokenWithSpan { token: spelled(text), span: token.span });
                written.extend(joined);
                continue;
            }
            Token::Word(_) => {
                let tables = match word(&token.token) {
                    Some("UPDATE") if matches!(before, None | Some(Token::LParen | Token::RParen)) => Some(true),
                    Some("SET") => Some(false),
                    _ => None,
                };
                if let (Some(tables), Some(list)) = (tables, lists.last_mut()) {
                    *list = tables;
                }
            }
            _ => {}
        }
        written.push(token.clone());
    }
    written
}

fn spelled(text: &str) -> Token {
    match text {
        "*" => Token::Mul,
        "%" => Token::Mod,
        word => Token::make_word(word, None),
    }
}

/// How many tokens to take and what to write for them; none taken where nothing is to be replaced.
fn replace<'a>(rest: &[TokenWithSpan], before: Option<&str>, first: bool) -> (usize, &'a [&'a str]) {
    let is = |at: usize, text: &str| {
        rest.get(at).and_then(|token| word(&token.token)).is_some_and(|word| word.eq_ignore_ascii_case(text))
    };
    let is_value = |at: usize| {
        matches!(rest.get(at).map(|token| &token.token), Some(Token::Placeholder(_) | Token::SingleQuotedString(_)))
    };
    // `FOR NO KEY UPDATE`, `FOR KEY SHARE`
    if before == Some("FOR") && is(0, "NO") && is(1, "KEY") && is(2, "UPDATE") {
        return (3, &["UPDATE"]);
    }
    if before == Some("FOR") && is(0, "KEY") && is(1, "SHARE") {
        return (2, &["SHARE"]);
    }
    // `FOR UPDATE OF a, b`
    if matches!(before, Some("UPDATE" | "SHARE")) && is(0, "OF") {
        return (names(rest.get(1..).unwrap_or_default()) + 1, &[]);
    }
    // `LOCK IN SHARE MODE`
    if is(0, "LOCK") && is(1, "IN") && is(2, "SHARE") && is(3, "MODE") {
        return (4, &["FOR", "SHARE"]);
    }
    // `EXCLUDE CURRENT ROW` and the like in a window frame
    if matches!(before, Some("ROW" | "FOLLOWING" | "PRECEDING")) && is(0, "EXCLUDE") {
        return (if is(1, "CURRENT") || is(1, "NO") { 3 } else { 2 }, &[]);
    }
    // SQLite's `IS ?`
    if is(0, "IS") && is_value(1) {
        return (1, &["IS", "NOT", "DISTINCT", "FROM"]);
    }
    if is(0, "IS") && is(1, "NOT") && is_value(2) {
        return (2, &["IS", "DISTINCT", "FROM"]);
    }
    // SQLite's `INDEXED BY name`, `NOT INDEXED`
    if is(0, "INDEXED") && is(1, "BY") {
        return (3, &[]);
    }
    if is(0, "NOT") && is(1, "INDEXED") {
        return (2, &[]);
    }
    if is(0, "ZEROFILL") {
        return (1, &[]);
    }
    if is(0, "ISNULL") {
        return (1, &["IS", "NULL"]);
    }
    if before == Some("BETWEEN") && is(0, "SYMMETRIC") {
        return (1, &[]);
    }
    if is(0, "OVERRIDING") && is(2, "VALUE") {
        return (3, &[]);
    }
    // MySQL's `SOUNDS LIKE`
    if is(0, "SOUNDS") && is(1, "LIKE") {
        return (2, &["LIKE"]);
    }
    // MySQL's infix `MOD`
    if is(0, "MOD") && rest.get(1).is_some_and(|next| next.token != Token::LParen) {
        return (1, &["%"]);
    }
    // `TABLE t`
    if first && is(0, "TABLE") {
        return (1, &["SELECT", "*", "FROM"]);
    }
    // MySQL's `!a`
    if rest.first().is_some_and(|token| token.token == Token::ExclamationMark) {
        return (1, &["NOT"]);
    }
    // `a COLLATE x || b`, `a IN (b) COLLATE x`
    if is(0, "COLLATE") && matches!(rest.get(1).map(|token| &token.token), Some(Token::Word(_))) {
        return (2, &[]);
    }
    // MySQL's `PARTITION (p)` behind a table
    if is(0, "PARTITION") && rest.get(1).is_some_and(|next| next.token == Token::LParen) {
        let names = names(rest.get(2..).unwrap_or_default());
        if rest.get(2 + names).is_some_and(|next| next.token == Token::RParen) {
            return (3 + names, &[]);
        }
    }
    // SQLite's shifts
    if rest.first().is_some_and(|token| matches!(token.token, Token::ShiftLeft | Token::ShiftRight)) {
        return (1, &["%"]);
    }
    (0, &[])
}

/// `CONFLICT (…) WHERE … DO`: the tokens up to the bracket, and how many the condition takes.
fn conflict_target(rest: &[TokenWithSpan]) -> Option<(&[TokenWithSpan], usize)> {
    let is = |at: usize, text: &str| {
        rest.get(at).and_then(|token| word(&token.token)).is_some_and(|word| word.eq_ignore_ascii_case(text))
    };
    if !is(0, "CONFLICT") || rest.get(1)?.token != Token::LParen {
        return None;
    }
    let mut depth = 0_usize;
    let closing = rest.iter().position(|token| match token.token {
        Token::LParen => {
            depth += 1;
            false
        }
        Token::RParen => {
            depth = depth.saturating_sub(1);
            depth == 0
        }
        _ => false,
    })?;
    if !is(closing + 1, "WHERE") {
        return None;
    }
    let condition = (closing + 1..rest.len()).position(|at| is(at, "DO"))?;
    Some((rest.get(..=closing)?, condition))
}

/// How many tokens a list of names separated by commas takes.
fn names(tokens: &[TokenWithSpan]) -> usize {
    let mut wants_name = true;
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::Word(_) if wants_name => wants_name = false,
            Token::Comma | Token::Period if !wants_name => wants_name = true,
            _ => return at,
        }
    }
    tokens.len()
}
