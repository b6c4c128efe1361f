//! What is special in statements that are no queries: names that are values, settings, secrets, bodies.

use std::hash::Hasher;

use super::mode::{Mode, is_noise};
use super::previous::What;
use super::state::Normalizer;
use crate::Dialect;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Place, Token};

/// The words that the rules below look for behind a statement's first.
const WORDS: [&str; 48] = [
    "all",
    "as",
    "authorization",
    "begin",
    "by",
    "characteristics",
    "charset",
    "constraints",
    "database",
    "event",
    "expire",
    "for",
    "from",
    "function",
    "global",
    "group",
    "history",
    "immediate",
    "in",
    "index",
    "local",
    "names",
    "password",
    "persist",
    "prepare",
    "procedure",
    "replace",
    "require",
    "return",
    "reuse",
    "role",
    "savepoint",
    "schema",
    "sequence",
    "session",
    "set",
    "statement",
    "system",
    "table",
    "to",
    "tran",
    "transaction",
    "trigger",
    "type",
    "user",
    "view",
    "work",
    "zone",
];

impl<H: Hasher> Normalizer<'_, H> {
    /// Whether a name in quotes would be more to the rule of the statement without them.
    pub(super) fn rule_reads(&self, name: &str) -> bool {
        let plain = matches!(self.mode, Mode::Plain | Mode::Options | Mode::Definition | Mode::Pragma);
        self.previous.what == What::Start || (!plain && WORDS.contains(&name))
    }

    /// Applies the rule of the statement to a token; whether that was all.
    pub(super) fn statement_rule(&mut self, token: Token) -> bool {
        if token.kind == Kind::Semicolon && !matches!(self.mode, Mode::Body { .. }) {
            return false;
        }
        match self.mode {
            Mode::Plain | Mode::Options | Mode::Definition => false,
            Mode::Start => {
                self.mode = if token.kind == Kind::Word { self.mode_of(token) } else { Mode::Plain };
                false
            }
            Mode::Transaction => self.transaction(token),
            Mode::Name => self.name(token),
            Mode::NoiseThenName => {
                self.mode = Mode::Name;
                self.is_word(token, &["SAVEPOINT", "PREPARE"]) || self.name(token)
            }
            Mode::Cursor => self.cursor(token),
            Mode::CursorCount => self.cursor_count(token),
            Mode::Setting => self.setting(token),
            Mode::SettingValue { written } => self.setting_value(token, written),
            Mode::Pragma => {
                match token.kind {
                    // They are values, and values are in no name.
                    Kind::Word if self.is_word(token, &["TRUE", "FALSE", "NULL"]) => self.mode = Mode::Plain,
                    Kind::Word | Kind::Quoted | Kind::Dot => {}
                    Kind::Operator if matches!(self.lexer.slice(token), "=" | "==") => {
                        self.mode = Mode::SettingValue { written: false }
                    }
                    Kind::Open => self.mode = Mode::PragmaArgument { written: false },
                    _ => self.mode = Mode::Plain,
                }
                false
            }
            Mode::PragmaArgument { written } => self.pragma_argument(token, written),
            Mode::DefinitionStart => {
                self.definition(token);
                false
            }
            Mode::Account | Mode::Privilege => {
                if self.announces_secret(token) {
                    self.mode = Mode::Secret;
                }
                false
            }
            Mode::Secret => self.secret(token),
            Mode::Routine => self.routine(token),
            Mode::Body { depth } => self.body(token, depth),
        }
    }

    fn mode_of(&self, token: Token) -> Mode {
        const MODES: [(&[&str], Mode); 12] = [
            (&["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "EXPLAIN", "MERGE"], Mode::Plain),
            (&["BEGIN", "COMMIT", "ROLLBACK", "END", "ABORT"], Mode::Transaction),
            (&["SAVEPOINT", "DECLARE", "PREPARE", "EXECUTE", "LISTEN", "UNLISTEN", "NOTIFY"], Mode::Name),
            (&["RELEASE", "DEALLOCATE"], Mode::NoiseThenName),
            (&["FETCH", "MOVE", "CLOSE"], Mode::Cursor),
            (&["SET"], Mode::Setting),
            (&["PRAGMA"], Mode::Pragma),
            (&["CREATE", "ALTER"], Mode::DefinitionStart),
            (&["GRANT", "REVOKE"], Mode::Privilege),
            (&["BACKUP", "CHECK", "CONNECT", "EXPORT", "IMPORT", "RECOVER", "VALIDATE"], Mode::Account),
            (&["COPY"], Mode::Options),
            (&["DROP", "COMMENT", "TRUNCATE"], Mode::Definition),
        ];
        MODES.iter().find(|(words, _)| self.is_word(token, words)).map_or(Mode::Plain, |&(_, mode)| mode)
    }

    fn is_word(&self, token: Token, words: &[&str]) -> bool {
        let text = self.lexer.slice(token);
        token.kind == Kind::Word && words.iter().any(|word| text.eq_ignore_ascii_case(word))
    }

    fn transaction(&mut self, token: Token) -> bool {
        if token.kind == Kind::Word && is_noise(self.lexer.slice(token)) {
            return true;
        }
        if self.is_word(token, &["TO"]) {
            self.mode = Mode::NoiseThenName;
        }
        false
    }

    fn name(&mut self, token: Token) -> bool {
        let keeps = self.is_word(token, &["ALL", "TRANSACTION", "IMMEDIATE"]);
        self.mode = Mode::Plain;
        if keeps || !matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Text | Kind::Number) {
            return false;
        }
        self.literal(token);
        self.write_value(What::Value);
        true
    }

    fn cursor(&mut self, token: Token) -> bool {
        const DIRECTIONS: [&str; 9] =
            ["NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD", "ALL"];
        if self.is_word(token, &["FROM", "IN"]) {
            self.mode = Mode::Name;
        } else if !matches!(token.kind, Kind::Word | Kind::Quoted) {
            self.mode = if counts(token) { Mode::CursorCount } else { Mode::Plain };
        } else if !self.is_word(token, &DIRECTIONS) {
            return self.cursor_name(token);
        }
        false
    }

    fn cursor_count(&mut self, token: Token) -> bool {
        if self.is_word(token, &["FROM", "IN"]) {
            self.mode = Mode::Name;
        } else if matches!(token.kind, Kind::Word | Kind::Quoted) {
            return self.cursor_name(token);
        } else if !counts(token) {
            self.mode = Mode::Plain;
        }
        false
    }

    /// A cursor without FROM or IN. Its `?` reads back as a number of rows: so what follows a name is read as what follows a number.
    fn cursor_name(&mut self, token: Token) -> bool {
        let written = self.name(token);
        self.mode = Mode::CursorCount;
        written
    }

    fn setting(&mut self, token: Token) -> bool {
        let text = self.lexer.slice(token);
        // MariaDB's `SET STATEMENT setting = value FOR statement`
        self.until_for |=
            self.is_word(token, &["STATEMENT"]) && self.previous.is(Keyword::Set) && self.may_be(Dialect::MySql);
        let starts_value = (token.kind == Kind::Operator && matches!(text, "=" | "==" | ":="))
            || self.is_word(token, &["TO", "NAMES", "ZONE", "ROLE", "AUTHORIZATION", "CHARSET"])
            || (self.is_word(token, &["SET"]) && self.writer.text.ends_with(" character"));
        if starts_value {
            self.mode = Mode::SettingValue { written: false };
        } else if self.is_word(token, &["TRANSACTION", "CHARACTERISTICS", "CONSTRAINTS"]) {
            self.mode = Mode::Plain;
        }
        false
    }

    fn setting_value(&mut self, token: Token, written: bool) -> bool {
        if self.until_for && self.is_word(token, &["FOR"]) {
            self.until_for = false;
            self.mode = Mode::Start;
            return false;
        }
        // Inside of brackets, which a setting's name has not, another rule may read what follows as a value.
        if written && token.kind == Kind::Comma && self.frames.len() == 1 && self.assignment_follows() {
            self.mode = Mode::Setting;
            return false;
        }
        // `SET NAMES = …`, `SET ROLE = …`.
        if !written && token.kind == Kind::Operator && matches!(self.lexer.slice(token), "=" | "==" | ":=") {
            return false;
        }
        self.swallow(token, written);
        self.mode = Mode::SettingValue { written: true };
        true
    }

    /// Whether `name =` stands next, with a scope before it and dots in it.
    fn assignment_follows(&self) -> bool {
        const LONGEST_NAME: usize = 8;
        let mut ahead = self.lexer.clone();
        let mut named = false;
        for _ in 0..LONGEST_NAME {
            let Some(token) = ahead.next(Place::default) else { return false };
            let is_scope = ["GLOBAL", "SESSION", "LOCAL", "PERSIST"]
                .iter()
                .any(|scope| ahead.slice(token).eq_ignore_ascii_case(scope));
            match token.kind {
                Kind::Word if !named && is_scope => {}
                Kind::Word | Kind::Variable | Kind::Quoted if !named => named = true,
                Kind::Dot if named => named = false,
                Kind::Operator => return named && matches!(ahead.slice(token), "=" | "==" | ":="),
                _ => return false,
            }
        }
        false
    }

    /// Takes a token into a value of which only the first token is written.
    fn swallow(&mut self, token: Token, written: bool) {
        if token.kind == Kind::Placeholder {
            if !written {
                self.placeholder(token);
            }
            return;
        }
        self.broken |= token.kind == Kind::Broken;
        self.literal(token);
        if !written {
            self.write_value(What::Value);
        }
    }

    fn pragma_argument(&mut self, token: Token, written: bool) -> bool {
        if token.kind == Kind::Close {
            self.mode = Mode::Plain;
            return false;
        }
        self.swallow(token, written);
        self.mode = Mode::PragmaArgument { written: true };
        true
    }

    fn definition(&mut self, token: Token) {
        if self.frames.len() > 1 {
            return;
        }
        if self.is_word(token, &["USER", "ROLE", "GROUP", "DATABASE", "SYSTEM"]) {
            self.mode = Mode::Account;
        } else if self.is_word(token, &["FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"]) {
            self.mode = Mode::Routine;
        } else if self.is_word(token, &["TABLE", "INDEX", "VIEW", "SCHEMA", "TYPE", "SEQUENCE"]) {
            self.mode = Mode::Definition;
        }
    }

    /// Whether a password stands behind this word.
    fn announces_secret(&self, token: Token) -> bool {
        if self.is_word(token, &["AS"]) {
            return matches!(self.next(), Some((Kind::Placeholder | Kind::Quoted, _)));
        }
        let defined = matches!(self.before, Some(Keyword::Create | Keyword::Alter)) && self.previous.what == What::Name;
        let is_name = defined
            || self.mode == Mode::Privilege
            || matches!(self.previous.what, What::Comma | What::Dot)
            || [Keyword::From, Keyword::On, Keyword::Table, Keyword::To].iter().any(|&word| self.previous.is(word))
            || self.previous_word_is(&["owner", "schema"]);
        let behind_secret = matches!(self.previous.what, What::Value | What::Text);
        self.is_word(token, &["BY"])
            || (self.is_word(token, &["PASSWORD"]) && !is_name)
            || (self.is_word(token, &["REPLACE"]) && behind_secret && !self.next_word_is(&["INTO"]))
    }

    fn secret(&mut self, token: Token) -> bool {
        /// What MySQL asks of passwords; none is there.
        const POLICIES: [&str; 4] = ["EXPIRE", "HISTORY", "REQUIRE", "REUSE"];
        match token.kind {
            Kind::Open => return false,
            Kind::Operator if matches!(self.lexer.slice(token), "=" | "==") => return false,
            Kind::Word if self.is_word(token, &["PASSWORD"]) => return false,
            _ => self.mode = Mode::Account,
        }
        if self.is_word(token, &POLICIES) && self.previous_word_is(&["password"]) {
            return false;
        }
        if self.is_word(token, &["AND", "AS", "FROM", "IN", "IS", "NOT", "ON", "OR", "TO"]) {
            return false;
        }
        if !matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Text | Kind::Number) {
            return false;
        }
        self.literal(token);
        self.write_value(What::Value);
        true
    }

    fn routine(&mut self, token: Token) -> bool {
        if token.kind != Kind::Word || !self.is_body(self.lexer.slice(token)) {
            return false;
        }
        let begins = self.is_word(token, &["BEGIN"]);
        self.swallow(token, false);
        self.mode = if begins { Mode::Body { depth: 1 } } else { Mode::SettingValue { written: true } };
        true
    }

    /// Whether the body of a routine starts with this word.
    pub(super) fn is_body(&self, word: &str) -> bool {
        let returns = word.eq_ignore_ascii_case("RETURN") && self.dialect != Dialect::Sqlite;
        self.mode == Mode::Routine && self.frames.len() == 1 && (returns || word.eq_ignore_ascii_case("BEGIN"))
    }

    fn body(&mut self, token: Token, depth: u32) -> bool {
        self.broken |= token.kind == Kind::Broken;
        self.literal(token);
        let mut depth = depth;
        if self.is_word(token, &["BEGIN", "CASE"]) {
            depth = depth.saturating_add(1);
        } else if self.is_word(token, &["END"]) {
            let next = self.lexer.clone().next(Place::default);
            if !next.is_some_and(|next| self.is_word(next, &["IF", "LOOP", "WHILE", "REPEAT", "FOR"])) {
                depth = depth.saturating_sub(1);
            }
            // `END CASE` is one end, and its second word no start.
            if next.is_some_and(|next| self.is_word(next, &["CASE"])) {
                depth = depth.saturating_sub(1).max(1);
            }
        }
        self.mode = if depth == 0 { Mode::Routine } else { Mode::Body { depth } };
        true
    }
}

/// Whether a token can be a number of rows, or its sign.
fn counts(token: Token) -> bool {
    matches!(token.kind, Kind::Number | Kind::Text | Kind::Placeholder | Kind::Operator)
}
