//! Numbers, and MySQL's names that start with digits.

use super::bytes::is_word_byte;
use super::cutter::Lexer;
use super::token::Kind;
use crate::Dialect;

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> Kind {
        let start = self.at;
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O') {
            let hexadecimal = matches!(self.peek(1), b'x' | b'X');
            if if hexadecimal { self.peek(2).is_ascii_hexdigit() } else { self.peek(2).is_ascii_digit() } {
                self.at += 2;
                while self.peek(0).is_ascii_hexdigit() || self.peek(0) == b'_' {
                    self.at += 1;
                }
                return self.after_number(start);
            }
        }
        self.digits();
        let mut whole = true;
        if self.peek(0) == b'.' && self.peek(1) != b'.' {
            whole = false;
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                whole = false;
                self.at += 1 + sign;
                self.digits();
            }
        }
        if whole { self.after_number(start) } else { Kind::Number }
    }

    pub(super) fn digits(&mut self) {
        while self.peek(0).is_ascii_digit()
            || (self.peek(0) == b'_' && self.peek(1).is_ascii_digit() && !self.is(Dialect::MySql))
        {
            self.at += 1;
        }
    }

    /// In MySQL a name may start with digits, but not with an exponent: `1e5x` is `1e5 x`.
    fn after_number(&mut self, start: usize) -> Kind {
        if self.is(Dialect::MySql) && is_word_byte(self.peek(0)) && self.at > start {
            self.skip_word();
            return Kind::Word;
        }
        Kind::Number
    }

    /// Whether the digits after the dot here start a name, as they may in MySQL.
    pub(super) fn digits_start_name(&self) -> bool {
        if !self.is(Dialect::MySql) {
            return false;
        }
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let exponent = matches!(rest.get(digits), Some(b'e' | b'E'))
            && rest.get(digits + 1).is_some_and(|next| next.is_ascii_digit() || matches!(next, b'+' | b'-'));
        !exponent && rest.get(digits).is_some_and(|&next| is_word_byte(next))
    }
}
