//! Values: literals and placeholders become `?`; what they were is noted beside.

use std::hash::Hasher;

use super::mode::Mode;
use super::previous::What;
use super::state::Normalizer;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Token};

/// The limit that is none: a negative one, which SQLite takes for it, and the highest there is, where a database demands one.
pub(crate) const UNLIMITED: u64 = u64::MAX;

impl<H: Hasher> Normalizer<'_, H> {
    pub(super) fn text(&mut self, token: Token) {
        if self.is_alias(token) {
            self.quoted(token);
            return;
        }
        self.note_json_key(token);
        self.literal(token);
        if self.previous.what != What::Text {
            self.write_value(What::Text);
        }
    }

    /// MySQL and SQLite take a string for a name behind AS.
    fn is_alias(&self, token: Token) -> bool {
        let raw = self.lexer.slice(token);
        self.previous.is(Keyword::As)
            && self.mode == Mode::Plain
            && !self.statement_starts_with("PRAGMA")
            && self.dialect != Dialect::PostgreSql
            && raw.starts_with(['\'', '"'])
            // Whether they escape is not known of a dialect that is not.
            && !(self.dialect == Dialect::Unknown && raw.contains('\\'))
    }

    /// Notes a key that JSON is asked for.
    fn note_json_key(&mut self, token: Token) {
        /// More are not noted.
        const MAX_KEYS: usize = 16;
        const OPERATORS: [&str; 6] = ["->", "->>", "#>", "#>>", "#-", "?"];
        if self.previous.what == What::Operator
            && self.json_keys.len() < MAX_KEYS
            && self.writer.text.get(self.previous.start..).is_some_and(|text| OPERATORS.contains(&text))
        {
            self.json_keys.push(token.start..token.end);
        }
    }

    pub(super) fn number(&mut self, token: Token) {
        self.note_json_key(token);
        self.literal(token);
        if self.is_ordinal(token) {
            let digits = self.lexer.slice(token);
            self.write(digits, What::Ordinal);
            return;
        }
        let mut negative = false;
        if let Some(sign) = self.sign.take() {
            negative = self.writer.text.get(sign.length..).is_some_and(|signs| signs.contains('-'));
            self.writer.cut(sign.length);
            self.previous = sign.previous;
        }
        let slot = self.writer.slots.len();
        if (self.previous.is(Keyword::Limit) || self.limit_after_offset == Some(slot)) && self.frames.len() == 1 {
            self.limit = if negative { Some(UNLIMITED) } else { self.lexer.slice(token).parse().ok() };
        }
        self.place_offset(slot);
        self.write_value(What::Value);
    }

    /// `LIMIT ?, ?` names the offset first: with its second value, the values change places.
    fn place_offset(&mut self, slot: usize) {
        if self.limit_after_offset == Some(slot) {
            self.limit_after_offset = None;
            self.binds.swap(slot);
        }
    }

    /// A bare number as a term of `ORDER BY` or `GROUP BY` names a column.
    fn is_ordinal(&mut self, token: Token) -> bool {
        let starts_term = self.previous.is(Keyword::By) || matches!(self.previous.what, What::Comma | What::Open);
        if !starts_term || !self.frame().ordinals || self.sign.is_some() {
            return false;
        }
        if !self.lexer.slice(token).bytes().all(|byte| byte.is_ascii_digit()) || token.end - token.start > 4 {
            return false;
        }
        self.next().is_none_or(|(kind, _)| {
            matches!(kind, Kind::Comma | Kind::Close | Kind::CloseBracket | Kind::Semicolon | Kind::Word | Kind::Quoted)
        })
    }

    pub(super) fn placeholder(&mut self, token: Token) {
        let slot = self.writer.slots.len();
        self.note_bind(token, slot);
        self.place_offset(slot);
        self.write_value(What::Value);
    }

    /// Notes which value of the canonical text a placeholder became.
    pub(super) fn note_bind(&mut self, token: Token, slot: usize) {
        let number = self.bind_number(token);
        self.binds.push(number, u32::try_from(slot).unwrap_or(u32::MAX));
    }

    /// The number of the bind that a placeholder stands for, from 1.
    fn bind_number(&mut self, token: Token) -> u32 {
        let text = self.lexer.slice(token);
        let name = text.get(1..).unwrap_or("");
        if let Ok(number) = name.parse::<u32>() {
            return self.binds.numbered(number);
        }
        if name.is_empty() {
            return self.binds.next();
        }
        let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        if let Some(&(_, number)) = self.names.iter().take(256).find(|&&(known, _)| known == hash) {
            return number;
        }
        let number = self.binds.next();
        self.names.push((hash, number));
        number
    }

    pub(super) fn literal(&mut self, token: Token) {
        self.has_literals = true;
        let text = self.lexer.slice(token);
        self.keys.write(text.as_bytes());
        self.keys.write_u8(0xff);
    }
}
