//! Statements of which a shape needs little: another one that has the same shape stands in for them.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::place::{closing, is_one_of, is_value, name, starts_with};
use super::spelled::spelled;
use crate::shape::words::word;

/// The statement that stands in for another; `None` where that stands for itself.
pub(super) fn stand_in(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let verb = tokens.first().and_then(|first| word(&first.token))?.to_ascii_uppercase();
    match verb.as_str() {
        "FETCH" | "MOVE" => cursor(tokens),
        "PREPARE" | "COMMIT" | "ROLLBACK" => prepared(tokens),
        "VACUUM" | "ANALYZE" => maintenance(tokens),
        "CREATE" => sequence(tokens).or_else(|| virtual_table(tokens)),
        "ALTER" => sequence(tokens).or_else(|| alter_table(tokens)),
        _ => None,
    }
}

/// Words at the place of a token.
fn words(words: &[&str], at: &TokenWithSpan) -> Vec<TokenWithSpan> {
    words.iter().map(|word| TokenWithSpan { token: spelled(word), span: at.span }).collect()
}

/// `FETCH 5 FROM c`, `MOVE c`: a cursor is named in no shape.
fn cursor(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    const WORDS: [&str; 11] =
        ["NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD", "ALL", "FROM", "IN"];
    let (verb, rest) = tokens.split_first()?;
    let known = |token: &TokenWithSpan| is_value(Some(token)) || is_one_of(Some(token), &WORDS);
    (!rest.is_empty() && rest.iter().all(known)).then(|| words(&["CLOSE", "ALL"], verb))
}

/// `PREPARE TRANSACTION 'x'`, `COMMIT PREPARED 'x'`, `ROLLBACK PREPARED 'x'`.
fn prepared(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let [verb, what, name] = tokens else { return None };
    (is_one_of(Some(what), &["TRANSACTION", "PREPARED"]) && is_value(Some(name))).then(|| words(&["COMMIT"], verb))
}

/// `VACUUM (ANALYZE, VERBOSE) t`: the options go.
fn maintenance(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let (verb, rest) = tokens.split_first()?;
    if rest.first()?.token != Token::LParen {
        return None;
    }
    let mut stand_in = words(&["ANALYZE"], verb);
    stand_in.extend_from_slice(rest.get(closing(rest)? + 1..)?);
    Some(stand_in)
}

/// `CREATE SEQUENCE s …`, `ALTER SEQUENCE s …`: no table is touched.
fn sequence(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    const MODIFIERS: [&str; 5] = ["TEMP", "TEMPORARY", "UNLOGGED", "OR", "REPLACE"];
    let modifiers = tokens.iter().skip(1).take_while(|token| is_one_of(Some(token), &MODIFIERS)).count();
    let rest = tokens.get(1 + modifiers..).filter(|rest| starts_with(rest, &["SEQUENCE"]))?;
    let rest = without_condition(rest.get(1..)?);
    let name = rest.get(..name(rest)).filter(|name| !name.is_empty())?;
    let mut stand_in = words(&["CREATE", "SEQUENCE"], tokens.first()?);
    stand_in.extend_from_slice(name);
    Some(stand_in)
}

/// SQLite's `CREATE VIRTUAL TABLE t USING module (…)`: what stands in the brackets is the module's own language.
fn virtual_table(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    const VERB: [&str; 3] = ["CREATE", "VIRTUAL", "TABLE"];
    let rest = without_condition(tokens.get(VERB.len()..)?);
    let (table, module) = rest.split_at_checked(name(rest))?;
    let [using, module, arguments @ ..] = module else { return None };
    let is_call = arguments.first()?.token == Token::LParen && closing(arguments)? + 1 == arguments.len();
    if !is_call || !starts_with(tokens, &VERB) || !is_one_of(Some(using), &["USING"]) {
        return None;
    }
    let mut stand_in = words(&VERB, tokens.first()?);
    stand_in.extend_from_slice(table);
    stand_in.extend([using.clone(), module.clone()]);
    Some(stand_in)
}

/// `ALTER TABLE t …`: changes that the parser does not know give way to one that it knows and that names no table either.
fn alter_table(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    if !starts_with(tokens, &["ALTER", "TABLE"]) {
        return None;
    }
    let rest = without_condition(tokens.get(2..)?);
    let (table, changes) = rest.split_at_checked(name(rest)).filter(|(table, _)| !table.is_empty())?;
    if let Some(stand_in) = partition(tokens.first()?, table, changes) {
        return Some(stand_in);
    }
    let mut stand_in = words(&["ALTER", "TABLE"], tokens.first()?);
    stand_in.extend_from_slice(table);
    let mut depth = 0_usize;
    let between = |token: &TokenWithSpan| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.token == Token::Comma
    };
    for (ordinal, change) in changes.split(between).enumerate() {
        let first = change.first()?;
        if ordinal > 0 {
            stand_in.extend(words(&[","], first));
        }
        if is_of_no_other_table(change) {
            stand_in.extend(words(&["DROP", "PRIMARY", "KEY"], first));
        } else {
            stand_in.extend_from_slice(change);
        }
    }
    Some(stand_in)
}

/// PostgreSQL's `ATTACH PARTITION p …`, `DETACH PARTITION p`: two tables in one definition.
fn partition(verb: &TokenWithSpan, table: &[TokenWithSpan], change: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let (what, rest) = change.split_at_checked(2)?;
    if !starts_with(what, &["ATTACH", "PARTITION"]) && !starts_with(what, &["DETACH", "PARTITION"]) {
        return None;
    }
    let partition = rest.get(..name(rest)).filter(|name| !name.is_empty())?;
    let mut stand_in = words(&["CREATE", "TABLE"], verb);
    stand_in.extend_from_slice(table);
    stand_in.extend(words(&["PARTITION", "OF"], verb));
    stand_in.extend_from_slice(partition);
    stand_in.extend(words(&["DEFAULT"], verb));
    Some(stand_in)
}

fn is_of_no_other_table(change: &[TokenWithSpan]) -> bool {
    const CHANGES: [&[&str]; 21] = [
        &["ADD", "PARTITION"],
        &["DROP", "PARTITION"],
        &["TRUNCATE", "PARTITION"],
        &["REMOVE", "PARTITIONING"],
        &["ENGINE"],
        &["COMMENT"],
        &["ROW_FORMAT"],
        &["CHARSET"],
        &["CHARACTER", "SET"],
        &["DEFAULT", "CHARSET"],
        &["DEFAULT", "CHARACTER", "SET"],
        &["CONVERT", "TO"],
        &["COLLATE"],
        &["RENAME", "INDEX"],
        &["RENAME", "KEY"],
        &["DROP", "KEY"],
        &["DROP", "CHECK"],
        &["FORCE"],
        &["ORDER", "BY"],
        &["REPLICA", "IDENTITY"],
        &["VALIDATE", "CONSTRAINT"],
    ];
    CHANGES.iter().any(|words| starts_with(change, words))
}

/// The tokens behind `IF EXISTS`, `IF NOT EXISTS` and `ONLY`.
fn without_condition(tokens: &[TokenWithSpan]) -> &[TokenWithSpan] {
    const CONDITIONS: [&[&str]; 3] = [&["IF", "EXISTS"], &["IF", "NOT", "EXISTS"], &["ONLY"]];
    CONDITIONS.iter().fold(tokens, |tokens, words| match tokens.split_at_checked(words.len()) {
        Some((_, rest)) if starts_with(tokens, words) => rest,
        _ => tokens,
    })
}
