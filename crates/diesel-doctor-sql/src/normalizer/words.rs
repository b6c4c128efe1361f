//! Words: which of them are keywords where they stand, and which are plain names.
//!
//! A word that all databases reserve is a keyword wherever it stands without quotes. Any other is one only where the grammar lets it stand:
//! between operands and not where one is wanted, at the start of a statement, right behind or before certain other words. A name in
//! quotes loses them where the bare word would be read as the same name.

use std::hash::Hasher;

use super::frame::Role;
use super::mode::{Mode, is_noise};
use super::previous::{Previous, What};
use super::state::Normalizer;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Place, Token, is_plain_byte};

impl<H: Hasher> Normalizer<'_, H> {
    pub(super) fn word(&mut self, token: Token) {
        let word = self.lexer.slice(token);
        if self.previous.what == What::Dot {
            self.write_lower(word, What::Name);
            return;
        }
        if let Some(keyword) = Keyword::of(word.as_bytes()) {
            if keyword.is_function() {
                self.function_word(keyword, word);
                return;
            }
            if self.is_keyword_here(keyword) {
                self.keyword(keyword, token);
                return;
            }
        }
        if self.frame().in_values && !word.eq_ignore_ascii_case("ROW") {
            self.leave_values();
        }
        if word.eq_ignore_ascii_case("OF") && self.previous_word_is(&["current"]) {
            // `WHERE CURRENT OF cursor`
            self.mode = Mode::Name;
        }
        self.write_lower(word, if is_type_word(word) { What::Type } else { What::Name });
    }

    /// A word that calls a function in some databases; where it does not, it is a name that needs quotes in the others.
    fn function_word(&mut self, keyword: Keyword, word: &str) {
        self.leave_values();
        // `CREATE USER` names nothing; a name stands in queries.
        let bare = keyword.is_function_in(self.dialect)
            || self.mode != Mode::Plain
            || self.previous.is(Keyword::As)
            || self.next_is_open();
        if bare {
            self.write_lower(word, What::Name);
        } else {
            self.remember();
            let start = self.writer.quoted_lower(word, self.dialect);
            self.previous = Previous { what: What::Name, start };
        }
    }

    pub(super) fn quoted(&mut self, token: Token) {
        self.leave_values();
        let raw = self.lexer.slice(token);
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        let bare = is_plain(inner) && !self.is_more_without_quotes(inner);
        // Without its quotes such a word reads back as one that a literal follows.
        let typed = bare && self.previous.what != What::Dot && is_type_word(inner);
        self.remember();
        let start = if bare { self.writer.token(inner) } else { self.writer.name(raw, self.dialect) };
        self.previous = Previous { what: if typed { What::Type } else { What::Name }, start };
    }

    /// Whether the bare word would be read as more than this name.
    fn is_more_without_quotes(&self, name: &str) -> bool {
        let is_reserved = |keyword: Keyword| {
            self.previous.what != What::Dot
                && (self.is_keyword_here(keyword) || (keyword.is_function() && !self.previous.is(Keyword::As)))
        };
        Keyword::of(name.as_bytes()).is_some_and(is_reserved)
            || (self.is_behind_candidate() && LOOKED_FOR.contains(&name))
            || self.rule_reads(name)
    }

    fn keyword(&mut self, keyword: Keyword, token: Token) {
        use Keyword as K;
        match keyword {
            K::Null | K::True | K::False if self.is_value_here(keyword) => {
                self.literal(token);
                self.write_value(What::Value);
                return;
            }
            K::Default if self.frame().role == Role::Row => {
                self.write_value(What::Value);
                return;
            }
            K::Asc if self.previous.is_operand() => return,
            K::Outer if self.previous.is(K::Left) || self.previous.is(K::Right) || self.previous.is(K::Full) => return,
            K::Inner if self.previous.is(K::Inner) => return,
            K::Join if self.previous.is(K::Inner) => self.take_back_previous(),
            K::Execute if self.previous.what != What::Start => self.mode = Mode::Name,
            _ => {}
        }
        self.leave_values();
        match keyword {
            K::All if self.previous.is(K::Union) => self.next_branch(),
            K::Union | K::Intersect | K::Except => self.start_combination(),
            K::By => {
                let grouping = self.previous.is(K::Order) || self.previous.is(K::Group);
                self.frame().ordinals = grouping && self.is_in_query();
            }
            K::Limit | K::Offset | K::Having | K::For | K::Rows | K::Window | K::From | K::Select => {
                self.frame().ordinals = false;
            }
            _ => {}
        }
        self.frame().limit = keyword == K::Limit;
        if self.frame().role == Role::InList
            && self.previous.what == What::Open
            && matches!(keyword, K::Select | K::With | K::Values | K::Table)
        {
            self.frame().role = Role::Other;
        }
        let is_function = self.previous.what == What::Comparison;
        // MySQL's `VALUE` is its `VALUES`.
        let keyword = if keyword == K::Value { K::Values } else { keyword };
        self.write_keyword(keyword);
        if keyword == K::Values && !is_function {
            self.enter_values();
        }
    }

    /// Whether an `ORDER BY` here sorts the rows of a query, not those of a window or an aggregate: only there a number names a column.
    fn is_in_query(&self) -> bool {
        let Some(frame) = self.frames.last() else { return true };
        let content = self.writer.text.get(frame.content..).unwrap_or("").trim_start_matches('(');
        // In MySQL's `GROUP_CONCAT` it names an argument.
        let concats = matches!(frame.opened_by, What::Name | What::Type) && self.may_be(Dialect::MySql);
        frame.role == Role::Statement
            || (frame.role == Role::Other && concats)
            || ["SELECT", "WITH", "VALUES", "TABLE"].iter().any(|verb| content.starts_with(verb))
    }

    /// TRUE, FALSE and NULL stand for values, but not in `IS NULL`, `NOT NULL`, definitions and options.
    fn is_value_here(&self, keyword: Keyword) -> bool {
        if self.mode.keeps_constants() {
            return false;
        }
        match self.previous.what {
            What::Keyword(Keyword::Is) => false,
            // `NULL ON NULL` of JSON functions, and other options
            What::Keyword(Keyword::On) => keyword != Keyword::Null,
            _ if keyword == Keyword::Null && self.previous.is_operand() => !self.next_word_is(&["ON"]),
            What::Keyword(Keyword::Not) => keyword != Keyword::Null && self.before != Some(Keyword::Is),
            _ => true,
        }
    }

    // ---- keyword or name ----

    /// Whether a word that can be a keyword is one where the next token stands.
    fn is_keyword_here(&self, keyword: Keyword) -> bool {
        use Keyword as K;
        if self.previous.is(K::As) {
            return self.is_keyword_after_as(keyword);
        }
        match keyword {
            // Functions have their own way.
            keyword if keyword.is_function() => false,
            K::Insert | K::Update | K::Delete | K::Merge => self.is_verb_here(),
            keyword if keyword.starts_statements() => self.starts_statement(),
            K::Alter | K::Drop => {
                self.starts_statement()
                    || (self.mode.keeps_constants()
                        && !self.wants_operand()
                        && matches!(self.next(), Some((Kind::Word | Kind::Quoted, _))))
            }
            K::Grant => self.starts_statement() || self.previous.is(K::With),
            K::Lock => self.starts_statement() || (!self.wants_operand() && self.next_word_is(&["IN"])),
            // Operators that only some databases know.
            K::Div | K::Rlike | K::Xor => self.may_be(Dialect::MySql) && !self.wants_operand(),
            K::Glob | K::Match => self.may_be(Dialect::Sqlite) && !self.wants_operand(),
            K::Regexp => self.dialect != Dialect::PostgreSql && !self.wants_operand(),
            K::Ilike | K::Similar => self.may_be(Dialect::PostgreSql) && !self.wants_operand(),
            keyword if keyword.follows_operands() => !self.wants_operand(),
            K::Set => self.previous.is(K::Update) || !self.wants_operand(),
            K::Do => self.dialect == Dialect::PostgreSql || !self.wants_operand(),
            K::Over => !self.wants_operand() && (self.previous.what == What::Close || self.next_is_open()),
            K::Filter => !self.wants_operand() && self.next_is_open(),
            K::Nulls => !self.wants_operand() && self.next_word_is(&["FIRST", "LAST", "NOT"]),
            K::Rows => self.is_frame_here(),
            K::Value => {
                self.may_be(Dialect::MySql)
                    && !self.wants_operand()
                    && self.next_is_open()
                    && (self.statement_starts_with("INSERT") || self.statement_starts_with("REPLACE"))
            }
            // What a bracket or a word behind it shows.
            K::Any | K::Cast | K::Some => self.next_is_open(),
            K::Array => {
                self.may_be(Dialect::PostgreSql) && matches!(self.next(), Some((Kind::Open | Kind::OpenBracket, _)))
            }
            K::Exists => self.next_is_open() || self.previous.is(K::Not) || self.previous_word_is(&["if"]),
            K::Values => self.next_is_open() || self.next_word_is(&["ROW"]) || self.previous.is(K::Default),
            K::Interval => self.is_interval_here(),
            K::Partition => self.next_word_is(&["BY", "OF"]),
            K::Replace => {
                self.starts_statement()
                    || self.next_word_is(&["INTO"])
                    || (self.previous.is(K::Or) && matches!(self.next(), Some((Kind::Word | Kind::Quoted, _))))
            }
            // What the word before it shows.
            K::By => {
                [K::Order, K::Group, K::Partition].iter().any(|&before| self.previous.is(before))
                    || self.previous_word_is(&["identified", "indexed"])
            }
            K::Conflict => {
                self.previous.is(K::On) && matches!(self.next(), Some((Kind::Word | Kind::Quoted | Kind::Open, _)))
            }
            K::Nothing => self.previous.is(K::Do),
            K::Recursive => self.previous.is(K::With) && !self.next_word_is(&["AS"]),
            K::Transaction => self.previous.is(K::Start) || self.previous.is(K::Prepare) || self.mode == Mode::Setting,
            K::Trigger | K::View => {
                [K::Create, K::Alter, K::Drop, K::Replace].iter().any(|&before| self.previous.is(before))
                    || self.previous_word_is(&["materialized", "temp", "temporary"])
            }
            K::Lateral => self.dialect != Dialect::Sqlite,
            K::Only => self.may_be(Dialect::PostgreSql) || self.previous_word_is(&["row", "rows", "ROWS", "read"]),
            _ => true,
        }
    }

    /// Behind AS stands a name, whatever it is, unless a query or a statement is what the AS announces.
    fn is_keyword_after_as(&self, keyword: Keyword) -> bool {
        use Keyword as K;
        match keyword {
            K::Select | K::With | K::Not | K::Table | K::On => true,
            K::Values => self.next_is_open(),
            K::Insert | K::Update | K::Delete | K::Merge => self.statement_starts_with("PREPARE"),
            _ => false,
        }
    }

    /// INSERT, UPDATE, DELETE and MERGE stand where no operand is wanted, or where a query may stand.
    fn is_verb_here(&self) -> bool {
        if self.mode.keeps_constants() {
            return true;
        }
        match self.previous.what {
            What::Open => matches!(self.next(), Some((Kind::Word | Kind::Quoted, _))),
            What::Keyword(Keyword::Then) => self.statement_starts_with("MERGE") || self.statement_starts_with("WITH"),
            _ => !self.wants_operand(),
        }
    }

    /// The first word of a window frame.
    fn is_frame_here(&self) -> bool {
        let opens = self.previous.what == What::Open && matches!(self.before, Some(Keyword::Over | Keyword::As));
        (opens || !self.wants_operand())
            && match self.next() {
                Some((Kind::Placeholder, _)) => true,
                Some((Kind::Word, _)) => self.next_word_is(&["BETWEEN", "UNBOUNDED", "CURRENT", "ONLY", "WITH"]),
                _ => false,
            }
    }

    fn is_interval_here(&self) -> bool {
        self.dialect == Dialect::MySql || matches!(self.next(), Some((Kind::Placeholder | Kind::Open, _)))
    }

    /// Whether an expression or a name must come next.
    fn wants_operand(&self) -> bool {
        match self.previous.what {
            What::Open | What::Comma | What::Dot | What::Comparison | What::Operator => true,
            // `a NOT BETWEEN b` and `NOT a`
            What::Keyword(Keyword::Not) => !self.before_operand,
            // `UPDATE t`, but not `FOR UPDATE`, `DO UPDATE`, `KEY UPDATE`
            What::Keyword(Keyword::Update) => self.before.is_none() && !self.before_operand,
            What::Keyword(keyword) => keyword.wants_operand(),
            _ => false,
        }
    }

    fn starts_statement(&self) -> bool {
        match self.previous.what {
            What::Start | What::Keyword(Keyword::Explain) => true,
            What::Keyword(Keyword::Analyze) => self.before == Some(Keyword::Explain),
            _ => false,
        }
    }

    pub(super) fn statement_starts_with(&self, word: &str) -> bool {
        let start = self.frames.first().map_or(0, |frame| frame.content);
        self.writer.text.get(start..).unwrap_or("").trim_start().starts_with(word)
    }

    pub(super) fn may_be(&self, dialect: Dialect) -> bool {
        self.dialect.may_be(dialect)
    }

    pub(super) fn previous_word_is(&self, words: &[&str]) -> bool {
        matches!(self.previous.what, What::Name | What::Keyword(_))
            && self.writer.text.get(self.previous.start..).is_some_and(|word| words.contains(&word))
    }

    /// Whether the previous token is a name that was no keyword because of what stands behind it.
    fn is_behind_candidate(&self) -> bool {
        let name = self.writer.text.get(self.previous.start..).unwrap_or("");
        self.previous.what == What::Name && (name == "current" || Keyword::of(name.as_bytes()).is_some())
    }

    /// The next token as the canonical text will show it: an ASC and noise words vanish, and a constant or a body is a value.
    pub(super) fn next(&self) -> Option<(Kind, &str)> {
        let place = Place { in_bracket: matches!(self.role(), Role::Array | Role::Subscript), ..Place::default() };
        let mut ahead = self.lexer.clone();
        loop {
            let token = ahead.next(|| place)?;
            let text = ahead.slice(token);
            let kind = match (token.kind, Keyword::of(text.as_bytes())) {
                (Kind::Word, Some(Keyword::Asc)) => continue,
                (Kind::Word, _) if self.mode == Mode::Transaction && is_noise(text) => continue,
                (Kind::Word, _) if self.is_body(text) => Kind::Placeholder,
                (Kind::Word, Some(Keyword::Null | Keyword::True | Keyword::False)) if !self.mode.keeps_constants() => {
                    Kind::Placeholder
                }
                (Kind::Word, Some(Keyword::Default)) if self.role() == Role::Row => Kind::Placeholder,
                (Kind::Number | Kind::Text | Kind::Broken, _) => Kind::Placeholder,
                (kind, _) => kind,
            };
            return Some((kind, text));
        }
    }

    pub(super) fn role(&self) -> Role {
        self.frames.last().map_or(Role::Statement, |frame| frame.role)
    }

    fn next_is_open(&self) -> bool {
        matches!(self.next(), Some((Kind::Open, _)))
    }

    pub(super) fn next_word_is(&self, words: &[&str]) -> bool {
        self.next()
            .is_some_and(|(kind, text)| kind == Kind::Word && words.iter().any(|word| text.eq_ignore_ascii_case(word)))
    }
}

/// What is looked for behind a word, to know whether it is a keyword.
const LOOKED_FOR: [&str; 15] = [
    "as",
    "between",
    "by",
    "current",
    "first",
    "in",
    "into",
    "last",
    "not",
    "of",
    "only",
    "row",
    "rows",
    "unbounded",
    "with",
];

/// Words after which a string is part of the literal, or a number a count.
fn is_type_word(word: &str) -> bool {
    const WORDS: [&str; 8] = ["date", "time", "timestamp", "timestamptz", "first", "next", "zone", "binary"];
    matches!(
        word.as_bytes().first(),
        Some(b'b' | b'd' | b'f' | b'n' | b't' | b'z' | b'B' | b'D' | b'F' | b'N' | b'T' | b'Z')
    ) && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// A name that needs no quotes in any database, but for keywords.
fn is_plain(name: &str) -> bool {
    name.bytes().all(is_plain_byte) && !matches!(name.bytes().next(), None | Some(b'0'..=b'9'))
}
