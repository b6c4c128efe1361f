//! Turns a text into its canonical form, token by token, in one pass.
//!
//! What can only be decided later (a list turns out to hold values alone, a row repeats) is decided by looking back at the canonical text
//! already written and cutting it: so there is no tree, no recursion, and the work is linear in the text.

mod binds;
mod frame;
mod list;
mod repeats;
mod statement_rules;
mod values;
mod words;
mod writer;

pub(crate) use binds::BindRun;
pub(crate) use values::UNLIMITED;

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use self::binds::Binds;
use self::frame::{Frame, MAX_DEPTH, Role};
use self::statement_rules::Mode;
use self::writer::Writer;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Lexer, Place, Token};

/// What normalizing a text gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Normalized {
    pub(crate) canonical: String,
    /// Where in the canonical text each `?` that is a value stands.
    pub(crate) slots: Vec<u32>,
    pub(crate) binds: Vec<BindRun>,
    /// Elements of each collapsed list, in order of appearance.
    pub(crate) lists: Vec<u32>,
    /// Where each of these lists starts in the canonical text.
    pub(crate) list_starts: Vec<u32>,
    /// A keyed hash of the literals in order.
    pub(crate) literals: Option<u64>,
    /// The value of the outermost `LIMIT` when it is a literal, [`UNLIMITED`] where it limits nothing.
    pub(crate) limit: Option<u64>,
    pub(crate) hints: Vec<Range<usize>>,
    /// Where in the text the literal keys stand that JSON is asked for.
    pub(crate) json_keys: Vec<Range<usize>>,
    /// There are comments in the text.
    pub(crate) commented: bool,
    /// A quote or comment never ended.
    pub(crate) broken: bool,
}

/// The canonical form of a text.
pub(crate) fn normalize(text: &str, dialect: Dialect, keys: &impl BuildHasher) -> Normalized {
    let normalized = normalize_with(text, dialect, keys, Repeats::Taken);
    #[cfg(fuzzing)]
    assert_eq!(normalized, normalize_with(text, dialect, keys, Repeats::Written));
    normalized
}

/// What happens to a value that repeats one of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    /// It is only counted and noted.
    Taken,
    /// It is written, compared and cut, with the same result: what the tests hold the other against.
    #[cfg(any(test, fuzzing))]
    Written,
}

fn normalize_with(text: &str, dialect: Dialect, keys: &impl BuildHasher, repeats: Repeats) -> Normalized {
    let mut normalizer = Normalizer {
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
        keys: keys.build_hasher(),
    };
    normalizer.run();
    normalizer.finish()
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

/// The token written last.
#[derive(Clone, Copy, Debug)]
struct Previous {
    what: What,
    /// Where in the canonical text it starts.
    start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Start,
    Keyword(Keyword),
    Name,
    /// A word or operator after which a value stands, though it is no keyword (`DATE '…'`).
    Type,
    Value,
    Text,
    Ordinal,
    Comparison,
    Operator,
    Open,
    Close,
    Comma,
    Dot,
}

impl Previous {
    const START: Self = Self { what: What::Start, start: 0 };

    fn is_operand(self) -> bool {
        matches!(
            self.what,
            What::Name
                | What::Type
                | What::Value
                | What::Text
                | What::Ordinal
                | What::Close
                | What::Keyword(Keyword::End | Keyword::Null | Keyword::True | Keyword::False)
        )
    }

    fn is(self, keyword: Keyword) -> bool {
        self.what == What::Keyword(keyword)
    }
}

/// A run of unary signs that a number may swallow.
#[derive(Clone, Copy, Debug)]
struct Sign {
    /// The length of the canonical text before it.
    length: usize,
    previous: Previous,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts of the text read so far")]
struct Normalizer<'a, H> {
    lexer: Lexer<'a>,
    dialect: Dialect,
    writer: Writer,
    binds: Binds,
    /// Where each collapsed list starts in the canonical text, and its elements.
    lists: Vec<(usize, u32)>,
    frames: Vec<Frame>,
    /// Stands in where no frame is open, which never is.
    base: Frame,
    /// Brackets opened beyond the depth that is tracked.
    untracked: usize,
    seen: Vec<frame::Element>,
    previous: Previous,
    /// The keyword before the previous token, if it was one.
    before: Option<Keyword>,
    /// An operand stands before the previous token.
    before_operand: bool,
    sign: Option<Sign>,
    /// The previous token is a value right after an operand, which no SQL has. Its `?` reads back as PostgreSQL's operator when anything
    /// but the end of an expression follows, and so it is taken for one here.
    value_after_operand: bool,
    mode: Mode,
    has_literals: bool,
    limit: Option<u64>,
    broken: bool,
    /// A statement ended; the `;` is written when another one starts.
    pending_semicolon: bool,
    /// `LIMIT offset, limit`: the values written so far when its comma came.
    limit_after_offset: Option<usize>,
    json_keys: Vec<Range<usize>>,
    /// The settings being read end at `FOR`, and a statement follows.
    until_for: bool,
    /// Names of `:name` placeholders (hashed) and their numbers, so that each is one bind.
    names: Vec<(u64, u32)>,
    repeats: Repeats,
    /// The values of a row that is being read ahead.
    row: Vec<Token>,
    keys: H,
}

impl<H: Hasher> Normalizer<'_, H> {
    fn run(&mut self) {
        while let Some(token) = self.lexer.next(|| place(&self.frames, self.previous, self.value_after_operand)) {
            self.token(token);
        }
        self.end_statement();
    }

    fn end_statement(&mut self) {
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

    fn start_statement(&mut self) {
        self.pending_semicolon = false;
        self.writer.token(";");
        let content = self.writer.text.len();
        self.frames.clear();
        self.frames.push(Frame::new(Role::Statement, content));
    }

    fn finish(mut self) -> Normalized {
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

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().unwrap_or(&mut self.base)
    }

    fn token(&mut self, token: Token) {
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
    fn is_same_text(&self, token: Token) -> bool {
        token.kind == Kind::Text && self.previous.what == What::Text
    }

    // ---- operators ----

    fn operator(&mut self, token: Token) {
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

    fn open(&mut self, bracket: u8) {
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

    fn close(&mut self, bracket: u8) {
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

    fn write(&mut self, text: &str, what: What) {
        self.remember();
        let start = self.writer.token(text);
        self.previous = Previous { what, start };
    }

    fn write_lower(&mut self, text: &str, what: What) {
        self.remember();
        let start = self.writer.lower(text);
        self.previous = Previous { what, start };
    }

    fn write_keyword(&mut self, keyword: Keyword) {
        self.remember();
        let start = self.writer.token(keyword.as_str());
        self.previous = Previous { what: What::Keyword(keyword), start };
    }

    fn write_value(&mut self, what: What) {
        self.leave_values();
        self.remember();
        self.value_after_operand =
            self.may_be(Dialect::PostgreSql) && self.previous.is_operand() && self.previous.what != What::Type;
        let start = self.writer.value();
        self.previous = Previous { what, start };
    }

    fn remember(&mut self) {
        self.before_operand = self.previous.is_operand();
        self.before = match self.previous.what {
            What::Keyword(keyword) => Some(keyword),
            _ => None,
        };
    }

    fn take_back_previous(&mut self) {
        self.writer.cut(self.previous.start);
        self.writer.trim();
        self.previous = Previous { what: self.before.map_or(What::Name, What::Keyword), start: self.writer.text.len() };
    }
}
