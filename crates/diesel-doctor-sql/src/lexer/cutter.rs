//! The way through a text, and the tokens that their first byte tells.

use std::ops::Range;

use super::backslash::Backslash;
use super::bytes::{is_word_byte, may_be_blank};
use super::operators::operator_length;
use super::token::{Kind, Place, Token};
use crate::Dialect;

/// The tokens of a text.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    /// The text quotes a name with backticks, so a double quote, where both are possible, is a string's.
    pub(super) backticks: bool,
    pub(super) backslash: Backslash,
    pub(super) open_conditionals: u32,
    /// What one scan to the end of the text has ruled out, so that no other scan tries it again.
    pub(super) ruled_out: RuledOut,
    previous_end: usize,
    pub(crate) hints: Vec<Range<usize>>,
    /// A comment was skipped.
    pub(crate) commented: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn with(text: &'a str, dialect: Dialect, backslash: Backslash) -> Self {
        let backticks = dialect == Dialect::Unknown && text.as_bytes().contains(&b'`');
        Self { backticks, backslash, ..Self::canonical(text, dialect) }
    }

    /// The tokens of a canonical text: its double quotes always name, and no string is left in it.
    pub(crate) fn canonical(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            dialect,
            backticks: false,
            backslash: Backslash::Plain,
            open_conditionals: 0,
            ruled_out: RuledOut::default(),
            previous_end: usize::MAX,
            hints: Vec::new(),
            commented: false,
        }
    }

    /// How much of the text has been cut into tokens.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The place that the lexer is at, to come back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            previous_end: self.previous_end,
            open_conditionals: self.open_conditionals,
            hints: self.hints.len(),
        }
    }

    /// Goes back, to cut the same tokens again.
    pub(crate) fn reset(&mut self, mark: Mark) {
        self.at = mark.at;
        self.previous_end = mark.previous_end;
        self.open_conditionals = mark.open_conditionals;
        self.hints.truncate(mark.hints);
    }

    /// The text of a token.
    pub(crate) fn slice(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// The next token, `None` at the end. Where it stands is asked for few tokens only.
    pub(crate) fn next(&mut self, place: impl FnOnce() -> Place) -> Option<Token> {
        if self.peek(0) == b' ' {
            self.at += 1;
        }
        if may_be_blank(self.peek(0))
            && let Err(start) = self.skip_blanks()
        {
            self.at = self.bytes.len();
            return Some(self.token(Kind::Broken, start));
        }
        let start = self.at;
        let kind = self.scan(place)?;
        if kind == Kind::Broken {
            self.at = self.bytes.len();
        }
        let token = self.token(kind, start);
        self.previous_end = self.at;
        Some(token)
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token { kind, start, end: self.at }
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at.saturating_add(ahead)).copied().unwrap_or(0)
    }

    pub(super) fn is(&self, dialect: Dialect) -> bool {
        self.dialect == dialect
    }

    pub(super) fn may_be(&self, dialect: Dialect) -> bool {
        self.dialect.may_be(dialect)
    }

    fn scan(&mut self, place: impl FnOnce() -> Place) -> Option<Kind> {
        let first = *self.bytes.get(self.at)?;
        Some(match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(),
            b'0'..=b'9' => self.number(),
            b'\'' => self.text(b'\'', self.is(Dialect::MySql)),
            b'"' => self.double_quote(place),
            b'`' => self.quoted(b'`'),
            b'(' => self.one(Kind::Open),
            b')' => self.one(Kind::Close),
            b',' => self.one(Kind::Comma),
            b';' => self.one(Kind::Semicolon),
            b'.' => {
                let after_name = || self.previous_end == self.at && place().after_operand;
                if self.peek(1).is_ascii_digit() && !after_name() && !self.digits_start_name() {
                    self.number()
                } else {
                    self.one(Kind::Dot)
                }
            }
            b'[' => self.bracket(),
            b']' => self.one(Kind::CloseBracket),
            b'$' => self.dollar(),
            b'?' => self.question(place()),
            b':' => self.colon(place()),
            b'@' => self.at_sign(place()),
            _ => self.operator(),
        })
    }

    fn one(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    pub(super) fn skip_word(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|&byte| !is_word_byte(byte)).unwrap_or(rest.len());
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        self.skip_word();
        let length = self.at - start;
        let first = self.bytes.get(start).copied().unwrap_or(0);
        let quote = self.peek(0);
        if length == 1 && quote == b'\'' {
            match first {
                b'e' | b'E' if self.may_be(Dialect::PostgreSql) => return self.text(b'\'', true),
                b'n' | b'N' | b'b' | b'B' | b'x' | b'X' => return self.text(b'\'', self.is(Dialect::MySql)),
                _ => {}
            }
        }
        if length == 1 && matches!(first, b'u' | b'U') && quote == b'&' && self.may_be(Dialect::PostgreSql) {
            match self.peek(1) {
                b'\'' => {
                    self.at += 1;
                    return self.text(b'\'', false);
                }
                b'"' => {
                    self.at += 1;
                    return self.quoted(b'"');
                }
                _ => {}
            }
        }
        if first == b'_' && self.is(Dialect::MySql) {
            let mut ahead = 0;
            while self.peek(ahead) == b' ' {
                ahead += 1;
            }
            let quote = self.peek(ahead);
            if matches!(quote, b'\'' | b'"') {
                self.at += ahead;
                return self.text(quote, true);
            }
        }
        Kind::Word
    }

    /// In SQLite a name in brackets; elsewhere an array or a subscript.
    fn bracket(&mut self) -> Kind {
        if !self.is(Dialect::Sqlite) {
            return self.one(Kind::OpenBracket);
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match memchr::memchr(b']', rest) {
            Some(end) => {
                self.at += end + 1;
                Kind::Quoted
            }
            None => Kind::Broken,
        }
    }

    fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.digits();
            return Kind::Placeholder;
        }
        let name = self.at;
        while is_word_byte(self.peek(0)) && self.peek(0) != b'$' {
            self.at += 1;
        }
        if self.may_be(Dialect::PostgreSql) && self.peek(0) == b'$' {
            let tag = self.bytes.get(start..=self.at).unwrap_or_default();
            let body = self.bytes.get(self.at + 1..).unwrap_or_default();
            if let Some(end) = memchr::memmem::find(body, tag) {
                self.at += 1 + end + tag.len();
                return Kind::Text;
            }
            return Kind::Broken;
        }
        if self.at > name { Kind::Placeholder } else { Kind::Operator }
    }

    fn question(&mut self, place: Place) -> Kind {
        if self.may_be(Dialect::PostgreSql) {
            // Where the next character is decides, not what stands before: so the canonical text is read as it was written.
            let length = match (self.peek(1), self.peek(2)) {
                (b'|' | b'-', b'|') if self.is(Dialect::PostgreSql) => 3,
                (b'-' | b'#', _) if self.is(Dialect::PostgreSql) => 2,
                (b'|', b'|') | (b'&', b'&') => 1,
                (b'|' | b'&', _) => 2,
                _ => 1,
            };
            let mut ahead = length;
            while matches!(self.peek(ahead), b' ' | b'\t' | b'\n' | b'\r') {
                ahead += 1;
            }
            let infix =
                place.after_operand && !place.after_type && !matches!(self.peek(ahead), 0 | b',' | b')' | b';' | b']');
            if length > 1 || infix {
                self.at += length;
                return Kind::Operator;
            }
        }
        self.at += 1;
        self.digits();
        Kind::Placeholder
    }

    fn colon(&mut self, place: Place) -> Kind {
        let next = self.peek(1);
        if matches!(next, b':' | b'=') {
            self.at += 2;
            return Kind::Operator;
        }
        self.at += 1;
        if !place.in_bracket && is_word_byte(next) {
            self.skip_word();
            return Kind::Placeholder;
        }
        Kind::Operator
    }

    fn at_sign(&mut self, place: Place) -> Kind {
        let double = self.peek(1) == b'@';
        let name = 1 + usize::from(double);
        let named = is_word_byte(self.peek(name));
        let kind = match self.dialect {
            Dialect::MySql if named => Kind::Variable,
            Dialect::Sqlite if named && !double => Kind::Placeholder,
            Dialect::Unknown if named => {
                if place.wants_value && !double {
                    Kind::Placeholder
                } else {
                    Kind::Variable
                }
            }
            _ => return self.operator(),
        };
        self.at += name;
        self.skip_word();
        kind
    }

    pub(super) fn operator(&mut self) -> Kind {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match self.dialect {
            Dialect::PostgreSql | Dialect::Unknown => operator_length(rest, true),
            Dialect::MySql | Dialect::Sqlite => operator_length(rest, false),
        };
        self.at += length;
        Kind::Operator
    }
}

/// A place in the text that the lexer was at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    at: usize,
    previous_end: usize,
    open_conditionals: u32,
    hints: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RuledOut {
    pub(super) escaping_backslashes: bool,
    pub(super) nested_comments: bool,
    pub(super) qualified_names: bool,
}
