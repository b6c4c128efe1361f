//! The canonical text under construction.

use crate::Dialect;

/// Writes tokens with the canonical spaces between them.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) text: String,
    /// Where each value's `?` stands.
    pub(super) slots: Vec<u32>,
}

impl Writer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), slots: Vec::new() }
    }

    /// Writes a token and returns where it starts.
    pub(super) fn token(&mut self, token: &str) -> usize {
        if !matches!(token, "," | ")" | "]" | "." | ";") {
            self.space();
        }
        let start = self.text.len();
        self.text.push_str(token);
        start
    }

    pub(super) fn lower(&mut self, token: &str) -> usize {
        self.space();
        let start = self.text.len();
        self.text.push_str(token);
        if let Some(written) = self.text.get_mut(start..) {
            written.make_ascii_lowercase();
        }
        start
    }

    pub(super) fn value(&mut self) -> usize {
        self.space();
        let start = self.text.len();
        self.slots.push(u32::try_from(start).unwrap_or(u32::MAX));
        self.text.push('?');
        start
    }

    /// Writes an opening bracket. A square one is close to what stands before it, as in `ARRAY[` and `a[`.
    pub(super) fn open(&mut self, bracket: u8) -> usize {
        if bracket == b'(' || self.text.ends_with(',') {
            self.space();
        }
        let start = self.text.len();
        self.text.push(char::from(bracket));
        start
    }

    /// Writes an identifier in its quotes.
    pub(super) fn name(&mut self, raw: &str, dialect: Dialect) -> usize {
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        self.space();
        let start = self.text.len();
        match (raw.as_bytes().first(), dialect) {
            (Some(b'['), _) => self.requote(inner, '\0', '"'),
            (Some(&quote @ (b'\'' | b'"')), Dialect::MySql) => self.requote(inner, char::from(quote), '`'),
            (Some(b'\''), _) => self.requote(inner, '\'', '"'),
            (Some(b'`'), Dialect::Sqlite | Dialect::PostgreSql) => self.requote(inner, '`', '"'),
            // The prefix of `U&"…"` stays, its escapes have another meaning.
            _ => self.text.push_str(raw),
        }
        start
    }

    /// Writes a bare word as a name in quotes: without them it is more than a name in other databases.
    pub(super) fn quoted_lower(&mut self, word: &str, dialect: Dialect) -> usize {
        let quote = if dialect == Dialect::MySql { '`' } else { '"' };
        self.space();
        let start = self.text.len();
        self.text.push(quote);
        self.text.extend(word.chars().map(|character| character.to_ascii_lowercase()));
        self.text.push(quote);
        start
    }

    fn requote(&mut self, inner: &str, from: char, to: char) {
        self.text.push(to);
        let mut characters = inner.chars().peekable();
        while let Some(character) = characters.next() {
            self.text.push(character);
            if character == from {
                characters.next_if_eq(&from);
            } else if character == to {
                self.text.push(to);
            }
        }
        self.text.push(to);
    }

    fn space(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'(' | b'[' | b'.')) {
            self.text.push(' ');
        }
    }

    /// Takes back everything after a length.
    pub(super) fn cut(&mut self, length: usize) {
        self.text.truncate(length);
        while self.slots.last().is_some_and(|&slot| slot as usize >= length) {
            self.slots.pop();
        }
    }

    /// Takes back the space at the end.
    pub(super) fn trim(&mut self) {
        let length = self.text.trim_end_matches(' ').len();
        self.text.truncate(length);
    }
}
