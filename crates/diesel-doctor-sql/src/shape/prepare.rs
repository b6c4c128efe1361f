//! Makes tokens unmistakable for the parser: MySQL's modifiers go, and names that the parser has other plans with get quotes.

use sqlparser::keywords::Keyword as Reserved;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::words::word;
use crate::Dialect;
use crate::keyword::Keyword;

/// Whether a word of MySQL behind a verb is a modifier, which changes neither rows nor columns.
fn modifies(verb: &str, word: &str) -> bool {
    match verb {
        "SELECT" | "DISTINCT" => matches!(
            word,
            "high_priority"
                | "sql_big_result"
                | "sql_buffer_result"
                | "sql_cache"
                | "sql_calc_found_rows"
                | "sql_no_cache"
                | "sql_small_result"
                | "straight_join"
        ),
        "UPDATE" => matches!(word, "ignore" | "low_priority"),
        "DELETE" => matches!(word, "ignore" | "low_priority" | "quick"),
        _ => false,
    }
}

/// The tokens without modifiers.
pub(super) fn without_modifiers(tokens: Vec<TokenWithSpan>, dialect: Dialect) -> Vec<TokenWithSpan> {
    let is_modifier = |verb: Option<&str>, token: &TokenWithSpan| {
        verb.zip(word(&token.token)).is_some_and(|(verb, word)| modifies(verb, word))
    };
    let has_modifier = |pair: &[TokenWithSpan]| match pair {
        [verb, token] => is_modifier(word(&verb.token), token),
        _ => false,
    };
    if !dialect.may_be(Dialect::MySql) || !tokens.windows(2).any(has_modifier) {
        return tokens;
    }
    let mut kept: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let verb = kept.last().and_then(|before| word(&before.token));
        if !(is_modifier(verb, &token) && rest.peek().is_some_and(|next| goes_on(verb, &next.token))) {
            kept.push(token);
        }
    }
    kept
}

/// Whether a word is no name because of what stands behind it: a column, a table, the rest of a verb.
fn goes_on(verb: Option<&str>, next: &Token) -> bool {
    match next {
        Token::Word(next) if next.quote_style.is_none() => {
            !matches!(next.value.as_str(), "SET" | "AS") && (next.value != "FROM" || verb == Some("DELETE"))
        }
        Token::Word(_) | Token::Mul | Token::Placeholder(_) | Token::SingleQuotedString(_) => true,
        _ => false,
    }
}

/// Puts names into quotes that would be keywords for the parser: words in lower case where a name must stand.
pub(super) fn quote_names(tokens: &mut [TokenWithSpan]) {
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before)).map(|before| &before.token);
        let next = tokens.get(at + 1).map(|next| &next.token);
        let quoted = match tokens.get(at).map(|token| &token.token) {
            Some(Token::Word(word))
                if word.quote_style.is_none()
                    && word.keyword != Reserved::NoKeyword
                    && word.value.starts_with(|first: char| first.is_ascii_lowercase())
                    && is_name(before, &word.value, next) =>
            {
                Token::make_word(&word.value, Some('"'))
            }
            _ => continue,
        };
        if let Some(token) = tokens.get_mut(at) {
            token.token = quoted;
        }
    }
}

fn is_name(before: Option<&Token>, name: &str, next: Option<&Token>) -> bool {
    let behind = before.and_then(word).filter(|word| !word.starts_with(|first: char| first.is_ascii_lowercase()));
    let is_table = matches!(behind, Some("FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE"));
    let wanted = match before {
        Some(Token::Word(_)) => {
            is_table || behind.and_then(|word| Keyword::of(word.as_bytes())).is_some_and(Keyword::wants_operand)
        }
        Some(before) => !matches!(
            before,
            Token::DoubleColon
                | Token::Placeholder(_)
                | Token::SingleQuotedString(_)
                | Token::Number(..)
                | Token::RParen
                | Token::RBracket
        ),
        None => false,
    };
    let calls = Keyword::of(name.as_bytes()).is_some_and(Keyword::is_function) && before != Some(&Token::Period);
    if !wanted || calls {
        return false;
    }
    match next {
        Some(Token::LParen) => matches!(behind, Some("INTO" | "TABLE")),
        Some(Token::Placeholder(_) | Token::SingleQuotedString(_)) => false,
        Some(Token::Word(next)) if next.quote_style.is_none() => match next.value.as_str() {
            // `extract (year FROM a)`
            "FROM" => before != Some(&Token::LParen),
            // `DROP TABLE if EXISTS`
            "EXISTS" | "NOT" => name != "if",
            next => is_table || !next.starts_with(|first: char| first.is_ascii_lowercase()),
        },
        _ => true,
    }
}
