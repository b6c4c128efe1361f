//! Where the normalizer is, and what it does with one token.

use std::hash::Hasher;
use std::ops::Range;

use super::binds::Binds;
use super::frame::{Element, Frame, MAX_DEPTH, Role};
use super::mode::Mode;
use super::normalized::Normalized;
use super::previous::{Previous, What};
use super::writer::Writer;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Lexer, Place, Token};

/// What happens to a value that repeats one of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// It is only counted and noted.
    Taken,
    /// It is written, compared and cut, with the same result: what the tests hold the other against.
    #[cfg(any(test, fuzzing))]
    Written,
}

/// A run of unary signs that a number may swallow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    /// The length of the canonical text before it.
    pub(super) length: usize,
    pub(super) previous: Previous,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts of the text read so far")]
pub(super) struct Normalizer<'a, H> {
    pub(super) lexer: Lexer<'a>,
    pub(super) dialect: Dialect,
    pub(super) writer: Writer,
    pub(super) binds: Binds,
    /// Where each collapsed list starts in the canonical text, and its elements.
    pub(super) lists: Vec<(usize, u32)>,
    pub(super) frames: Vec<Frame>,
    /// Stands in where no frame is open, which never is.
    pub(super) base: Frame,
    /// Brackets opened beyond the depth that is tracked.
    pub(super) untracked: usize,
    pub(super) seen: Vec<Element>,
    pub(super) previous: Previous,
    /// The keyword before the previous token, if it was one.
    pub(super) before: Option<Keyword>,
    /// An operand stands before the previous token.
    pub(super) before_operand: bool,
    pub(super) sign: Option<Sign>,
    /// The previous token is a value right after an operand, which no SQL has. Its `?` reads back as PostgreSQL's operator when anything
    /// but the end of an expression follows, and so it is taken for one here.
    pub(super) value_after_operand: bool,
    pub(super) mode: Mode,
    pub(super) has_literals: bool,
    pub(super) limit: Option<u64>,
    pub(super) broken: bool,
    /// A statement ended; the `;` is written when another one starts.
    pub(super) pending_semicolon: bool,
    /// `LIMIT offset, limit`: the values written so far when its comma came.
    pub(super) limit_after_offset: Option<usize>,
    pub(super) json_keys: Vec<Range<usize>>,
    /// The settings being read end at `FOR`, and a statement follows.
    pub(super) until_for: bool,
    /// Names of `:name` placeholders (hashed) and their numbers, so that each is one bind.
    pub(super) names: Vec<(u64, u32)>,
    pub(super) repeats: Repeats,
    /// The values of a row that is being read ahead.
    pub(super) row: Vec<Token>,
    pub(super) keys: H,
}

impl<'a, H: Hasher> Normalizer<'a, H> {
    pub(super) fn new(text: &'a str, dialect: Dialect, keys: H, repeats: Repeats) -> Self {
        Self {
            lexer: Lexer::new(text, dialect),
            dialect,
            writer: Writer::with_capacity(text.len().min(4096)),
            binds: Binds::default(),
            lists: Vec::new(),
            frames: vec![Frame::new(Role::Statement, 0)],
            base: Frame::new(Role::Statement, 0),
            untracked: 0,
            seen: Vec::new(),
            previous: Previous::START,
            before: None,
            before_operand: false,
            sign: None,
            value_after_operand: false,
            mode: Mode::Start,
            has_literals: false,
            limit: None,
            broken: false,
            pending_semicolon: false,
            limit_after_offset: None,
            json_keys: Vec::new(),
            until_for: false,
            names: Vec::new(),
            repeats,
            row: Vec::new(),
            keys,
        }
    }
}

impl<H: Hasher> Normalizer<'_, H> {
    pub(super) fn run(&mut self) {
        while let Some(token) = self.lexer.next(|| place(&self.frames, self.previous, self.value_after_operand)) {
            self.token(token);
        }
        self.end_statement();
    }

    pub(super) fn end_statement(&mut self) {
        while self.frames.len() > 1 {
            self.leave_values();
            self.frames.pop();
        }
        self.leave_values();
        self.seen.clear();
        self.untracked = 0;
        self.sign = None;
        self.mode = Mode::Start;
        self.until_for = false;
        self.pending_semicolon |= self.previous.what != What::Start;
        self.previous = Previous { what: What::Start, start: self.writer.text.len() };
        self.before = None;
        self.before_operand = false;
    }

    pub(super) fn start_statement(&mut self) {
        self.pending_semicolon = false;
        self.writer.token(";");
        let content = self.writer.text.len();
        self.frames.clear();
        self.frames.push(Frame::new(Role::Statement, content));
    }

    pub(super) fn finish(mut self) -> Normalized {
        self.lists.sort_unstable_by_key(|&(start, _)| start);
        let literals = self.has_literals.then(|| self.keys.finish().max(1));
        Normalized {
            canonical: self.writer.text,
            slots: self.writer.slots,
            binds: self.binds.into_runs(),
            list_starts: self.lists.iter().map(|&(start, _)| u32::try_from(start).unwrap_or(u32::MAX)).collect(),
            lists: self.lists.into_iter().map(|(_, elements)| elements).collect(),
            literals,
            limit: self.limit,
            commented: self.lexer.commented,
            hints: self.lexer.hints,
            json_keys: self.json_keys,
            broken: self.broken,
        }
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().unwrap_or(&mut self.base)
    }

    pub(super) fn token(&mut self, token: Token) {
        if self.pending_semicolon && token.kind != Kind::Semicolon {
            self.start_statement();
        }
        if self.value_after_operand && !self.is_same_text(token) {
            self.value_after_operand = false;
            if !matches!(token.kind, Kind::Comma | Kind::Close | Kind::CloseBracket | Kind::Semicolon) {
                self.previous.what = What::Operator;
            }
        }
        if self.mode.has_rule() && self.statement_rule(token) {
            return;
        }
        if self.sign.is_some() && !matches!(token.kind, Kind::Number | Kind::Operator) {
            self.sign = None;
        }
        match token.kind {
            Kind::Word => self.word(token),
            Kind::Quoted => self.quoted(token),
            Kind::Text => self.text(token),
            Kind::Number => self.number(token),
            Kind::Placeholder => self.placeholder(token),
            Kind::Variable => {
                let name = self.lexer.slice(token);
                self.leave_values();
                self.write_lower(name, What::Name);
            }
            Kind::Operator => self.operator(token),
            Kind::Open => self.open(b'('),
            Kind::OpenBracket => self.open(b'['),
            Kind::Close => self.close(b')'),
            Kind::CloseBracket => self.close(b']'),
            Kind::Comma => self.comma(),
            Kind::Dot => self.write(".", What::Dot),
            Kind::Semicolon => self.end_statement(),
            Kind::Broken => {
                self.broken = true;
                self.literal(token);
                self.write_value(What::Value);
            }
        }
    }

    /// Whether this token and the previous one are pieces of one string.
    pub(super) fn is_same_text(&self, token: Token) -> bool {
        token.kind == Kind::Text && self.previous.what == What::Text
    }

    // ---- operators ----

    pub(super) fn operator(&mut self, token: Token) {
        let text = self.lexer.slice(token);
        self.leave_values();
        if matches!(text, "-" | "+") && !self.previous.is_operand() && self.previous.what != What::Dot {
            let sign = self.sign.unwrap_or(Sign { length: self.writer.text.len(), previous: self.previous });
            self.write(text, What::Operator);
            self.sign = Some(sign);
            return;
        }
        self.sign = None;
        let text = match text {
            "<>" => "!=",
            "==" if self.dialect != Dialect::PostgreSql => "=",
            other => other,
        };
        let what = match text {
            "=" | "!=" | "<" | ">" | "<=" | ">=" | "<=>" | ":=" => What::Comparison,
            // `*` after an operand multiplies, elsewhere it stands for all columns.
            "*" if !self.previous.is_operand() => What::Name,
            _ => What::Operator,
        };
        self.write(text, what);
    }

    // ---- brackets and commas: see `list` ----

    pub(super) fn open(&mut self, bracket: u8) {
        let role = self.role_of_opening(bracket);
        let ordinals = bracket == b'(' && self.holds_ordinals(role);
        if role != Role::Row {
            self.leave_values();
        }
        let opened_by = self.previous.what;
        self.remember();
        let start = self.writer.open(bracket);
        self.previous = Previous { what: What::Open, start };
        if self.frames.len() >= MAX_DEPTH {
            self.untracked += 1;
            return;
        }
        let mut frame = Frame::new(role, self.writer.text.len());
        frame.opened_by = opened_by;
        frame.open = start;
        frame.ordinals = ordinals;
        frame.element_slot = self.writer.slots.len();
        frame.seen = self.seen.len();
        self.frames.push(frame);
    }

    pub(super) fn close(&mut self, bracket: u8) {
        if self.untracked > 0 {
            self.untracked -= 1;
        } else if self.frames.len() > 1 {
            self.leave_values();
            self.close_frame(bracket);
            return;
        }
        self.leave_values();
        self.write(if bracket == b')' { ")" } else { "]" }, What::Close);
    }

    // ---- writing ----

    pub(super) fn write(&mut self, text: &str, what: What) {
        self.remember();
        let start = self.writer.token(text);
        self.previous = Previous { what, start };
    }

    pub(super) fn write_lower(&mut self, text: &str, what: What) {
        self.remember();
        let start = self.writer.lower(text);
        self.previous = Previous { what, start };
    }

    pub(super) fn write_keyword(&mut self, keyword: Keyword) {
        self.remember();
        let start = self.writer.token(keyword.as_str());
        self.previous = Previous { what: What::Keyword(keyword), start };
    }

    pub(super) fn write_value(&mut self, what: What) {
        self.leave_values();
        self.remember();
        self.value_after_operand =
            self.may_be(Dialect::PostgreSql) && self.previous.is_operand() && self.previous.what != What::Type;
        let start = self.writer.value();
        self.previous = Previous { what, start };
    }

    pub(super) fn remember(&mut self) {
        self.before_operand = self.previous.is_operand();
        self.before = match self.previous.what {
            What::Keyword(keyword) => Some(keyword),
            _ => None,
        };
    }

    pub(super) fn take_back_previous(&mut self) {
        self.writer.cut(self.previous.start);
        self.writer.trim();
        self.previous = Previous { what: self.before.map_or(What::Name, What::Keyword), start: self.writer.text.len() };
    }
}

/// Where the next token stands.
fn place(frames: &[Frame], previous: Previous, value_after_operand: bool) -> Place {
    let role = frames.last().map_or(Role::Statement, |frame| frame.role);
    let listed = matches!(role, Role::InList | Role::Row | Role::Array);
    Place {
        after_operand: previous.is_operand() && !value_after_operand,
        after_type: previous.what == What::Type,
        wants_value: previous.what == What::Comparison || (listed && matches!(previous.what, What::Open | What::Comma)),
        in_bracket: matches!(role, Role::Array | Role::Subscript),
    }
}
