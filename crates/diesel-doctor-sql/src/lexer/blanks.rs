//! White space, comments and hints.

use super::cutter::Lexer;
use crate::Dialect;

/// At most so many optimizer hints are kept.
const MAX_HINTS: usize = 16;

impl Lexer<'_> {
    pub(super) fn skip_blanks(&mut self) -> Result<(), usize> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'-' if self.peek(1) == b'-' && self.starts_line_comment() => self.skip_line(),
                b'#' if self.hash_is_comment() => self.skip_line(),
                b'/' if self.peek(1) == b'*' => self.skip_block()?,
                b'*' if self.open_conditionals > 0 && self.peek(1) == b'/' => {
                    self.open_conditionals -= 1;
                    self.at += 2;
                }
                _ => return Ok(()),
            }
        }
    }

    fn starts_line_comment(&self) -> bool {
        !self.is(Dialect::MySql) || matches!(self.bytes.get(self.at + 2), None | Some(0..=b' '))
    }

    fn hash_is_comment(&self) -> bool {
        match self.dialect {
            Dialect::MySql => true,
            // PostgreSQL's `#>`, and `#-` before a value.
            Dialect::Unknown => match self.peek(1) {
                b'>' => false,
                b'-' => !matches!((self.peek(2), self.peek(3)), (b'$' | b'?' | b'\'', _) | (b' ', b'$' | b'?' | b'\'')),
                _ => true,
            },
            Dialect::PostgreSql | Dialect::Sqlite => false,
        }
    }

    fn skip_line(&mut self) {
        self.commented = true;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    fn skip_block(&mut self) -> Result<(), usize> {
        let start = self.at;
        if self.may_be(Dialect::MySql) {
            let bang = if self.peek(2) == b'!' {
                3
            } else if self.peek(2) == b'M' && self.peek(3) == b'!' {
                4
            } else {
                0
            };
            if bang > 0 {
                self.at += bang;
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                self.open_conditionals = self.open_conditionals.saturating_add(1);
                return Ok(());
            }
        }
        let end = match self.dialect {
            Dialect::PostgreSql => self.block_end(start, true),
            Dialect::MySql | Dialect::Sqlite => self.block_end(start, false),
            Dialect::Unknown => {
                let nested = if self.ruled_out.nested_comments { None } else { self.block_end(start, true) };
                self.ruled_out.nested_comments |= nested.is_none();
                nested.or_else(|| self.block_end(start, false))
            }
        };
        self.at = end.ok_or(start)?;
        self.commented = true;
        if self.bytes.get(start + 2) == Some(&b'+') && self.hints.len() < MAX_HINTS {
            self.hints.push(start + 3..self.at.saturating_sub(2).max(start + 3));
        }
        Ok(())
    }

    fn block_end(&self, start: usize, nested: bool) -> Option<usize> {
        let mut at = start + 2;
        let mut depth = 1_u32;
        loop {
            let rest = self.bytes.get(at..)?;
            at += memchr::memchr2(b'*', b'/', rest)?;
            match (self.bytes.get(at)?, self.bytes.get(at + 1)?) {
                (b'*', b'/') => {
                    at += 2;
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                (b'/', b'*') if nested => {
                    at += 2;
                    depth = depth.saturating_add(1);
                }
                _ => at += 1,
            }
        }
    }
}
