//! Where a rewrite looks, and what it says is to be written there.

use std::ops::Range;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::Dialect;
use crate::shape::words::word;

/// What is written instead of the next tokens: words, some of the tokens themselves, words again.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) taken: usize,
    pub(super) words: &'static [&'static str],
    pub(super) kept: Range<usize>,
    pub(super) then: &'static [&'static str],
}

impl Change {
    /// The next token as it is.
    pub(super) const NONE: Self = Self { taken: 1, words: &[], kept: 0..1, then: &[] };

    pub(super) fn words(taken: usize, words: &'static [&'static str]) -> Self {
        Self { taken, words, kept: 0..0, then: &[] }
    }

    pub(super) fn left_out(taken: usize) -> Self {
        Self::words(taken, &[])
    }
}

/// A bracket that is open.
#[derive(Debug)]
pub(super) struct Bracket {
    /// `char (`, which MySQL calls with a character set.
    pub(super) is_char: bool,
    /// There is nothing but a name in it.
    pub(super) is_lone_name: bool,
    /// The clause that it stands in.
    pub(super) around: Clause,
}

/// The clause that a token stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    Group,
    Set,
    /// Between DELETE and what follows its tables.
    Delete,
    From,
    Other,
}

impl Clause {
    /// The clause behind a word.
    pub(super) fn behind(self, word: Option<&str>) -> Self {
        match word {
            Some("GROUP") => Self::Group,
            Some("SET") => Self::Set,
            Some("DELETE") => Self::Delete,
            Some("FROM") if self == Self::Delete => Self::Delete,
            Some("FROM" | "JOIN") => Self::From,
            Some("ORDER" | "HAVING" | "LIMIT" | "SELECT" | "WHERE" | "RETURNING" | "USING") => Self::Other,
            _ => self,
        }
    }
}

/// A place among the tokens.
#[derive(Debug)]
pub(super) struct Place<'t> {
    /// The tokens that are left.
    pub(super) rest: &'t [TokenWithSpan],
    /// The last token that was written.
    pub(super) before: Option<&'t Token>,
    /// All tokens of the statement.
    pub(super) start: &'t [TokenWithSpan],
    pub(super) bracket: Option<&'t Bracket>,
    pub(super) clause: Clause,
    pub(super) dialect: Dialect,
}

impl Place<'_> {
    pub(super) fn token(&self, at: usize) -> Option<&Token> {
        self.rest.get(at).map(|token| &token.token)
    }

    /// Whether words stand next, in any case of letters.
    pub(super) fn is(&self, words: &[&str]) -> bool {
        starts_with(self.rest, words)
    }

    /// Whether one of the words stands at a place.
    pub(super) fn is_one_of(&self, at: usize, words: &[&str]) -> bool {
        is_one_of(self.rest.get(at), words)
    }

    /// Whether the statement starts with words.
    pub(super) fn starts(&self, words: &[&str]) -> bool {
        starts_with(self.start, words)
    }

    /// Whether the last token is one of the words.
    pub(super) fn is_behind(&self, words: &[&str]) -> bool {
        self.before.and_then(word).is_some_and(|before| words.iter().any(|word| before.eq_ignore_ascii_case(word)))
    }

    pub(super) fn is_value(&self, at: usize) -> bool {
        is_value(self.rest.get(at))
    }

    /// How many tokens the name at a place takes, dots included.
    pub(super) fn name(&self, at: usize) -> usize {
        name(self.rest.get(at..).unwrap_or_default())
    }

    /// The place behind the bracket that opens at a place.
    pub(super) fn behind_bracket(&self, at: usize) -> Option<usize> {
        Some(at + closing(self.rest.get(at..)?)? + 1)
    }

    /// Whether what was written last is an operand.
    pub(super) fn is_behind_operand(&self) -> bool {
        match self.before {
            Some(Token::Word(word)) => {
                word.quote_style.is_some()
                    || is_name(&word.value)
                    || matches!(word.value.as_str(), "END" | "NULL" | "TRUE" | "FALSE")
            }
            Some(
                Token::RParen
                | Token::RBracket
                | Token::Placeholder(_)
                | Token::SingleQuotedString(_)
                | Token::Number(..),
            ) => true,
            _ => false,
        }
    }
}

/// Whether tokens start with words, in any case of letters.
pub(super) fn starts_with(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    words.iter().enumerate().all(|(at, word)| is_one_of(tokens.get(at), &[word]))
}

pub(super) fn is_one_of(token: Option<&TokenWithSpan>, words: &[&str]) -> bool {
    token
        .and_then(|token| word(&token.token))
        .is_some_and(|token| words.iter().any(|word| token.eq_ignore_ascii_case(word)))
}

/// Whether a token is a value of the text.
pub(super) fn is_value(token: Option<&TokenWithSpan>) -> bool {
    matches!(token.map(|token| &token.token), Some(Token::Placeholder(_) | Token::SingleQuotedString(_)))
}

/// Whether a word without quotes is a name: the canonical text has keywords in upper case.
fn is_name(word: &str) -> bool {
    !word.starts_with(|first: char| first.is_ascii_uppercase())
}

/// How many tokens the name takes that tokens start with, dots included.
pub(super) fn name(tokens: &[TokenWithSpan]) -> usize {
    /// Of a database, a schema, a table and a column.
    const PARTS: usize = 4;
    let part = |at: usize| match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(word)) => word.quote_style.is_some() || is_name(&word.value),
        _ => false,
    };
    let dot = |at: usize| tokens.get(at).is_some_and(|token| token.token == Token::Period);
    let mut length = usize::from(part(0));
    while length > 0 && length < 2 * PARTS - 1 && dot(length) && part(length + 1) {
        length += 2;
    }
    length
}

/// How many tokens a list of names separated by commas takes.
pub(super) fn names(tokens: &[TokenWithSpan]) -> usize {
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

/// The bracket that closes the one which tokens start with.
pub(super) fn closing(tokens: &[TokenWithSpan]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token.token {
        Token::LParen | Token::LBracket => {
            depth += 1;
            false
        }
        Token::RParen | Token::RBracket => {
            depth = depth.saturating_sub(1);
            depth == 0
        }
        _ => false,
    })
}

/// Whether the bracket that tokens start with holds nothing but a name, which may have an alias and brackets of its own.
pub(super) fn is_lone_name(tokens: &[TokenWithSpan]) -> bool {
    let opened = tokens.iter().take_while(|token| token.token == Token::LParen).count();
    let named = opened + name(tokens.get(opened..).unwrap_or_default());
    let aliased = named + usize::from(is_one_of(tokens.get(named), &["AS"]));
    let aliased = aliased + name(tokens.get(aliased..).unwrap_or_default());
    let closed = tokens.iter().skip(aliased).take_while(|token| token.token == Token::RParen).count();
    opened > 0 && named > opened && closed >= opened
}
