//! Strings and names in quotes.

use super::backslash::Backslash;
use super::bytes::is_word_byte;
use super::cutter::Lexer;
use super::token::{Kind, Place};
use crate::Dialect;

impl Lexer<'_> {
    /// A string; `self.at` is at its quote. A quote is doubled, or escaped where backslashes escape.
    pub(super) fn text(&mut self, quote: u8, backslash: bool) -> Kind {
        let content = self.at + 1;
        let backslash = if backslash { Backslash::Escapes } else { self.backslash };
        let mut end = None;
        if backslash != Backslash::Guess || !self.ruled_out.escaping_backslashes {
            end = self.text_end(content, quote, backslash);
        }
        if backslash == Backslash::Guess && end.is_none() {
            self.ruled_out.escaping_backslashes = true;
            end = self.text_end(content, quote, Backslash::Plain);
        }
        match end {
            Some(end) => {
                self.at = end;
                Kind::Text
            }
            None => Kind::Broken,
        }
    }

    fn text_end(&self, content: usize, quote: u8, backslash: Backslash) -> Option<usize> {
        let mut at = content;
        loop {
            let rest = self.bytes.get(at..)?;
            if backslash == Backslash::Plain {
                at += memchr::memchr(quote, rest)?;
            } else {
                at += memchr::memchr2(quote, b'\\', rest)?;
            }
            let next = self.bytes.get(at + 1).copied();
            if self.bytes.get(at) == Some(&b'\\') {
                // Where it is not known whether backslashes escape: a quote that a name or nothing follows closes no string.
                let escapes = match backslash {
                    Backslash::Escapes => true,
                    Backslash::Plain => false,
                    Backslash::Guess => {
                        next == Some(b'\\')
                            || (next == Some(quote)
                                && self.bytes.get(at + 2).is_some_and(|&after| is_word_byte(after) || after == quote))
                    }
                };
                at += if escapes { 2 } else { 1 };
            } else if next == Some(quote) {
                at += 2;
            } else {
                return Some(at + 1);
            }
        }
    }

    #[inline]
    pub(super) fn double_quote(&mut self, place: impl FnOnce() -> Place) -> Kind {
        match self.dialect {
            Dialect::MySql => self.text(b'"', true),
            Dialect::Unknown if self.backticks => self.text(b'"', false),
            Dialect::Unknown if self.backslash == Backslash::Escapes => {
                let content = self.at + 1;
                let end = self.text_end(content, b'"', Backslash::Plain);
                let escaped = self.text_end(content, b'"', Backslash::Escapes) != end;
                if escaped || (place().wants_value && !self.is_qualified(end)) {
                    self.text(b'"', false)
                } else {
                    self.quoted(b'"')
                }
            }
            Dialect::Unknown if place().wants_value => {
                let end = if self.ruled_out.qualified_names {
                    None
                } else {
                    self.text_end(self.at + 1, b'"', Backslash::Plain)
                };
                self.ruled_out.qualified_names |= end.is_none();
                if self.is_qualified(end) { self.quoted(b'"') } else { self.text(b'"', false) }
            }
            _ => self.quoted(b'"'),
        }
    }

    /// `"a"."b"` is a name wherever it stands.
    fn is_qualified(&self, end: Option<usize>) -> bool {
        end.and_then(|end| self.bytes.get(end)) == Some(&b'.')
    }

    pub(super) fn quoted(&mut self, quote: u8) -> Kind {
        // Most names are a short word.
        let start = self.at;
        self.at += 1;
        self.skip_word();
        if self.peek(0) == quote && self.peek(1) != quote {
            self.at += 1;
            return Kind::Quoted;
        }
        self.at = start;
        match self.text_end(self.at + 1, quote, Backslash::Plain) {
            Some(end) => {
                self.at = end;
                Kind::Quoted
            }
            None => Kind::Broken,
        }
    }
}
