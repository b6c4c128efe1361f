//! Lists of tables.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::place::{is_lone_name, is_one_of};
use super::spelled::spelled;
use crate::shape::words::word;

/// What stands in a bracket, or outside of all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// Behind FROM: the parser knows a comma there.
    Tables,
    /// In brackets, or between UPDATE and SET: it knows none.
    Joined,
    /// One table: the brackets go.
    LoneTable,
    Other,
}

/// Lists of tables in brackets, and MySQL's between UPDATE and SET: a comma there joins, and a table alone needs no brackets.
pub(super) fn join(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // For each open bracket, and outside of all.
    let mut lists = vec![List::Other];
    for (at, token) in tokens.iter().enumerate() {
        let list = lists.last().copied().unwrap_or(List::Other);
        match &token.token {
            Token::LParen => lists.push(in_bracket(tokens.get(at..).unwrap_or_default(), &written, list)),
            Token::RParen => _ = lists.pop(),
            Token::Comma if list == List::Joined => {
                let joined = ["CROSS", "JOIN"].map(|text| TokenWithSpan { token: spelled(text), span: token.span });
                written.extend(joined);
                continue;
            }
            Token::Word(_) => {
                if let (Some(next), Some(list)) = (behind(word(&token.token), &written, list), lists.last_mut()) {
                    *list = next;
                }
            }
            _ => {}
        }
        // Of an opening bracket what it opens says, of a closing one what it closes.
        let closes_one = token.token == Token::RParen && list == List::LoneTable;
        let opens_one = token.token == Token::LParen && lists.last() == Some(&List::LoneTable);
        if !closes_one && !opens_one {
            written.push(token.clone());
        }
    }
    written
}

/// What stands in the bracket that tokens start with.
fn in_bracket(tokens: &[TokenWithSpan], written: &[TokenWithSpan], list: List) -> List {
    let holds_tables = match written {
        // `IS DISTINCT FROM (…)`, `USE INDEX FOR JOIN (…)`
        [.., earlier, _] if is_one_of(Some(earlier), &["DISTINCT", "FOR"]) => false,
        // `FROM ROWS FROM (…)`
        [.., source, earlier, _]
            if is_one_of(Some(earlier), &["ROWS"])
                && (is_one_of(Some(source), &["FROM", "JOIN", "LATERAL"])
                    || (list == List::Tables && source.token == Token::Comma)) =>
        {
            false
        }
        [.., before] => match before.token {
            Token::LParen => list == List::Joined,
            Token::Comma => list == List::Tables,
            _ => is_one_of(Some(before), &["FROM", "JOIN", "UPDATE"]),
        },
        [] => false,
    };
    if !holds_tables || is_one_of(tokens.get(1), &["SELECT", "WITH", "VALUES", "TABLE"]) {
        List::Other
    } else if is_lone_name(tokens) {
        List::LoneTable
    } else {
        List::Joined
    }
}

/// What stands behind a word, where that is something else than before it.
fn behind(word: Option<&str>, written: &[TokenWithSpan], list: List) -> Option<List> {
    let before = written.last();
    match word? {
        "UPDATE" if matches!(before.map(|before| &before.token), None | Some(Token::LParen | Token::RParen)) => {
            Some(List::Joined)
        }
        "SET" => Some(List::Other),
        "FROM" | "JOIN" if list == List::Other && !is_one_of(before, &["DISTINCT"]) => Some(List::Tables),
        "SELECT" | "WHERE" | "ON" | "USING" | "GROUP" | "HAVING" | "ORDER" | "LIMIT" | "UNION" | "WINDOW" | "FOR"
        | "RETURNING" | "VALUES"
            if list == List::Tables =>
        {
            Some(List::Other)
        }
        _ => None,
    }
}
