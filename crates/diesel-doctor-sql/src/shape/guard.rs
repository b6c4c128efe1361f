//! What is not parsed because it would take too long, and how deep the rest nests.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::words::word;

/// A text is not parsed beyond these.
pub(super) mod limits {
    /// Bytes of canonical text.
    pub(in crate::shape) const TEXT: usize = 16 * 1024;
    /// Words and operators that make a tree lean to one side.
    pub(in crate::shape) const CHAIN: usize = 1000;
    /// Operators that the parser handles in quadratic time.
    pub(in crate::shape) const QUADRATIC: usize = 32;
    /// `POSITION(` in itself: the time doubles with each.
    pub(in crate::shape) const POSITIONS: usize = 3;
    /// Brackets in each other, and joins that wait for their condition.
    pub(in crate::shape) const DEPTH: usize = 200;
    /// Brackets behind each other where a table stands: the parser reads what is in each as a query, and then anew as a table.
    pub(in crate::shape) const OF_TABLE: usize = 64;
}

/// Counts what makes parsing unsafe.
#[derive(Debug, Default)]
pub(super) struct Guard {
    deepest: usize,
    open: Vec<Open>,
    /// Joins that wait for their condition, also those around the open brackets: the parser nests them.
    joins: usize,
    chain: usize,
    quadratic: usize,
    /// Brackets behind each other that were opened where a table may stand.
    of_table: usize,
}

/// A bracket that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    bracket: Bracket,
    /// The joins that wait around it.
    joins: usize,
}

/// What stands before a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Position,
    TypeSize,
    Other,
}

/// How deep a syntax tree can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nesting {
    /// Brackets and joins in each other.
    pub(super) levels: usize,
    /// Links of chains: they make a tree lean to one side.
    pub(super) links: usize,
}

impl Nesting {
    /// How many levels the parser may go down. A bracket is three of them at most, an operator one.
    pub(super) fn parser_levels(self) -> usize {
        /// Those of a statement without brackets and operators.
        const FEWEST: usize = 16;
        /// What operators add at most; with them it is what the parser allows by itself.
        const OF_LINKS: usize = 34;
        FEWEST + 3 * self.levels + self.links.min(OF_LINKS)
    }
}

impl Guard {
    pub(super) fn see(&mut self, before: Option<&TokenWithSpan>, token: &Token) -> Option<()> {
        let before = before.map(|before| &before.token);
        match token {
            Token::LParen | Token::LBracket => {
                self.open.push(Open { bracket: Bracket::before(before.and_then(word)), joins: self.joins });
                let positions = self.open.iter().filter(|open| open.bracket == Bracket::Position).count();
                if positions > limits::POSITIONS {
                    return None;
                }
                self.chain += usize::from(*token == Token::LBracket);
                self.of_table = match before {
                    Some(Token::LParen) if self.of_table > 0 => self.of_table + 1,
                    Some(before) if announces_table(before) => 1,
                    _ => 0,
                };
                if self.of_table > limits::OF_TABLE {
                    return None;
                }
            }
            Token::RParen | Token::RBracket => {
                if let Some(closed) = self.open.pop() {
                    self.joins = closed.joins;
                }
            }
            Token::Comma
            | Token::Period
            | Token::SemiColon
            | Token::Placeholder(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_) => {}
            Token::Word(word) => {
                if word.quote_style.is_none() {
                    self.join(before, &word.value);
                    match upper(&word.value, &mut [0; LONGEST_LINK]) {
                        b"DIV" | b"GLOB" | b"MATCH" | b"REGEXP" | b"RLIKE" => self.quadratic += 1,
                        b"AND" | b"OR" | b"XOR" | b"UNION" | b"INTERSECT" | b"EXCEPT" | b"IS" | b"NOT" | b"AT"
                        | b"COLLATE" | b"BETWEEN" | b"LIKE" | b"ILIKE" | b"IN" | b"OVERLAPS" | b"JOIN" | b"CASE"
                        | b"PRIOR" | b"NOTNULL" | b"ISNULL" | b"OPERATOR" | b"SIMILAR" | b"MEMBER" | b"INTERVAL" => {
                            self.chain += 1;
                        }
                        _ => {}
                    }
                }
            }
            _ => self.chain += 1,
        }
        self.deepest = self.deepest.max(self.open.len() + self.joins);
        let within =
            self.deepest <= limits::DEPTH && self.chain <= limits::CHAIN && self.quadratic <= limits::QUADRATIC;
        within.then_some(())
    }

    /// Counts joins that wait for their condition, as in `a JOIN b JOIN c ON … ON …`.
    fn join(&mut self, before: Option<&Token>, word: &str) {
        match word {
            "JOIN" | "STRAIGHT_JOIN" => self.joins += 1,
            // What stands behind a table or its alias is a condition; behind anything else it may be a name.
            "ON" | "USING" if before.is_some_and(ends_table) => {
                let around = self.open.last().map_or(0, |open| open.joins);
                self.joins = self.joins.saturating_sub(1).max(around);
            }
            _ => {}
        }
    }

    pub(super) fn in_type_size(&self) -> bool {
        self.open.last().is_some_and(|open| open.bracket == Bracket::TypeSize)
    }

    pub(super) fn nesting(&self) -> Nesting {
        Nesting { levels: self.deepest, links: self.chain }
    }
}

/// The length of the longest word that is counted, `INTERSECT`.
const LONGEST_LINK: usize = 9;

/// The word in upper case; nothing where it is longer than any that is sought.
fn upper<'b>(word: &str, buffer: &'b mut [u8; LONGEST_LINK]) -> &'b [u8] {
    let Some(upper) = buffer.get_mut(..word.len()) else { return &[] };
    upper.copy_from_slice(word.as_bytes());
    upper.make_ascii_uppercase();
    upper
}

impl Bracket {
    fn before(word: Option<&str>) -> Self {
        const SIZED: [&str; 24] = [
            "varchar",
            "char",
            "character",
            "varying",
            "numeric",
            "decimal",
            "float",
            "double",
            "bit",
            "time",
            "timestamp",
            "timestamptz",
            "datetime",
            "binary",
            "varbinary",
            "int",
            "integer",
            "bigint",
            "smallint",
            "tinyint",
            "mediumint",
            "bool",
            "nvarchar",
            "year",
        ];
        match word {
            Some("position") => Self::Position,
            Some(word) if SIZED.contains(&word) => Self::TypeSize,
            _ => Self::Other,
        }
    }
}

/// Whether a token is a name or the end of a bracket.
fn ends_table(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            word.quote_style.is_some() || !word.value.starts_with(|first: char| first.is_ascii_uppercase())
        }
        other => *other == Token::RParen,
    }
}

/// Whether a table may stand behind a token.
fn announces_table(token: &Token) -> bool {
    matches!(word(token), Some("FROM" | "JOIN" | "STRAIGHT_JOIN" | "UPDATE" | "USING" | "INTO"))
        || *token == Token::Comma
}
