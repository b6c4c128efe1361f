//! Where a text does not say what a backslash does: a reading of the whole text does.

use super::backslash::Backslash;
use super::bytes::is_word_byte;
use super::cutter::Lexer;
use super::token::{Kind, Place};
use crate::Dialect;

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self::with(text, dialect, backslash_in(text, dialect))
    }
}

/// What a backslash does in a text.
fn backslash_in(text: &str, dialect: Dialect) -> Backslash {
    match dialect {
        Dialect::MySql => Backslash::Escapes,
        Dialect::PostgreSql | Dialect::Sqlite => Backslash::Plain,
        Dialect::Unknown => {
            let escapes = stands_before_quote(text)
                && !reads_well(text, Backslash::Plain)
                && reads_well(text, Backslash::Escapes);
            if escapes { Backslash::Escapes } else { Backslash::Guess }
        }
    }
}

fn stands_before_quote(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'\'' | b'"')))
}

/// Whether all quotes end, and no string ends where no string can: before a letter, a quote, a backslash.
fn reads_well(text: &str, backslash: Backslash) -> bool {
    let mut lexer = Lexer::with(text, Dialect::Unknown, backslash);
    let mut place = Place::default();
    while let Some(token) = lexer.next(|| place) {
        let behind = lexer.peek(0);
        match token.kind {
            Kind::Broken => return false,
            Kind::Text if is_word_byte(behind) || matches!(behind, b'\'' | b'"' | b'\\') => return false,
            _ => {}
        }
        let wants_value = matches!(token.kind, Kind::Open | Kind::Comma | Kind::Operator);
        place = Place { wants_value, after_operand: !wants_value, ..Place::default() };
    }
    true
}
