//! Values and rows of values that repeat one already written: they are counted and noted, but not written.
//!
//! Nothing depends on it but speed: what is not taken here is written, compared and cut as everything else, with the same result.

use std::hash::Hasher;

use super::frame::Role;
use super::previous::{Previous, What};
use super::state::{Normalizer, Repeats};
use crate::keyword::Keyword;
use crate::lexer::{Kind, Place, Token};

/// Where a list waits for its next value.
const BEFORE_VALUE: Place = Place { after_operand: false, after_type: false, wants_value: true, in_bracket: false };

/// Where a value, or a row, has just ended.
const BEHIND_VALUE: Place = Place { after_operand: true, after_type: false, wants_value: false, in_bracket: false };

impl<H: Hasher> Normalizer<'_, H> {
    /// Behind a comma of `IN` or `ARRAY`: takes the values that a comma follows, if the list has a value already.
    pub(super) fn take_values(&mut self) {
        let frame = self.frame();
        let (seen, in_bracket) = (frame.seen, frame.role == Role::Array);
        let Some(slot) = self.repeated(seen, "?") else { return };
        loop {
            let mark = self.lexer.mark();
            let value = self.lexer.next(|| Place { in_bracket, ..BEFORE_VALUE });
            let comma = self.lexer.next(|| Place { in_bracket, ..BEHIND_VALUE });
            match (value, comma) {
                (Some(value), Some(Token { kind: Kind::Comma, .. })) if is_value(value) => self.note_value(value, slot),
                _ => return self.lexer.reset(mark),
            }
            let frame = self.frame();
            frame.elements = frame.elements.saturating_add(1);
        }
    }

    /// Behind a row: takes the rows that follow and hold values alone, if this was one.
    pub(super) fn take_rows(&mut self) {
        let seen = self.frame().rows_seen;
        if self.mode.has_rule() || self.mode.keeps_constants() {
            return;
        }
        let Some(slot) = self.repeated(seen, "(?)") else { return };
        let mut row = std::mem::take(&mut self.row);
        loop {
            let mark = self.lexer.mark();
            row.clear();
            if !self.read_row(&mut row) {
                self.lexer.reset(mark);
                break;
            }
            for &value in &row {
                if value.kind != Kind::Word {
                    self.note_value(value, slot);
                } else if !self.lexer.slice(value).eq_ignore_ascii_case("DEFAULT") {
                    self.literal(value);
                }
            }
            let frame = self.frame();
            frame.rows = frame.rows.saturating_add(1);
            self.previous = Previous { what: What::Close, start: self.writer.text.len() };
        }
        self.row = row;
    }

    /// Reads `, (value, value)`; whether that is what follows.
    fn read_row(&mut self, row: &mut Vec<Token>) -> bool {
        let is = |token: Option<Token>, kind| token.is_some_and(|token| token.kind == kind);
        if !is(self.lexer.next(|| BEHIND_VALUE), Kind::Comma) || !is(self.lexer.next(Place::default), Kind::Open) {
            return false;
        }
        loop {
            let Some(value) = self.lexer.next(|| BEFORE_VALUE) else { return false };
            let is_constant = value.kind == Kind::Word && is_constant(self.lexer.slice(value));
            if !is_value(value) && !is_constant {
                return false;
            }
            row.push(value);
            match self.lexer.next(|| BEHIND_VALUE).map(|token| token.kind) {
                Some(Kind::Comma) => {}
                Some(Kind::Close) => return true,
                _ => return false,
            }
        }
    }

    /// The ordinal of the value in an element that is kept and reads like this.
    fn repeated(&self, seen: usize, text: &str) -> Option<usize> {
        if self.repeats != Repeats::Taken {
            return None;
        }
        let kept = self.seen.get(seen..)?;
        let is = |start: usize, end: usize| self.writer.text.get(start..end) == Some(text);
        kept.iter().find(|kept| is(kept.start, kept.end)).map(|kept| kept.slot)
    }

    fn note_value(&mut self, value: Token, slot: usize) {
        if value.kind == Kind::Placeholder {
            self.note_bind(value, slot);
        } else {
            self.literal(value);
        }
    }
}

fn is_value(token: Token) -> bool {
    matches!(token.kind, Kind::Placeholder | Kind::Number | Kind::Text)
}

/// A word that is a value in a row.
fn is_constant(word: &str) -> bool {
    matches!(Keyword::of(word.as_bytes()), Some(Keyword::Default | Keyword::Null | Keyword::True | Keyword::False))
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use proptest::prelude::*;

    use super::super::run::normalize_with;
    use super::*;
    use crate::Dialect;

    fn both(text: &str, dialect: Dialect) -> [super::super::Normalized; 2] {
        let keys = RandomState::new();
        [Repeats::Taken, Repeats::Written].map(|repeats| normalize_with(text, dialect, &keys, repeats))
    }

    fn list() -> impl Strategy<Value = String> {
        const ELEMENTS: [&str; 30] = [
            "$1",
            "$2",
            "$3",
            "?",
            "?1",
            ":a",
            ":b",
            "@a",
            "1",
            "2.5",
            "'x'",
            "'y' 'z'",
            "-1",
            "NULL",
            "TRUE",
            "DEFAULT",
            "a",
            "f(1)",
            "(1, 2)",
            "(?, ?)",
            "[1]",
            "[?, ?]",
            "1 + 1",
            "? ?",
            "/*+ b */ 1",
            "/*!1 2 */",
            "-- c\n 3",
            "E'\\''",
            "$$z$$",
            "'",
        ];
        let elements =
            || prop::collection::vec(prop::sample::select(ELEMENTS.to_vec()), 1..8).prop_map(|all| all.join(", "));
        let rows = prop::collection::vec(elements(), 1..6).prop_map(|rows| format!("VALUES ({})", rows.join("), (")));
        prop_oneof![
            elements().prop_map(|all| format!("IN ({all})")),
            elements().prop_map(|all| format!("ARRAY[{all}]")),
            elements().prop_map(|all| format!("LIMIT {all}")),
            rows,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_repeat_that_is_taken_is_as_one_that_is_written(
            lists in prop::collection::vec(list(), 1..4),
            dialect in prop::sample::select(vec![Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown]),
        ) {
            let text = format!("SELECT a {}", lists.join(" , "));
            let [taken, written] = both(&text, dialect);
            prop_assert_eq!(taken, written);
        }
    }

    #[test]
    fn rows_and_lists_of_values_are_taken() {
        let keys = RandomState::new();
        for text in
            ["SELECT a FROM t WHERE b IN ($1, $2, 'x', 4)", "INSERT INTO t VALUES ($1, 2), (DEFAULT, NULL), ('a', $4)"]
        {
            let [taken, written] = both(text, Dialect::PostgreSql);
            assert_eq!(taken.canonical, written.canonical);
            assert_eq!((&taken.lists, &taken.binds), (&written.lists, &written.binds));
        }
        // Rows of other lengths are one with those before, taken or not.
        let text = "INSERT INTO t VALUES (1), (2, 3)";
        assert_eq!(normalize_with(text, Dialect::MySql, &keys, Repeats::Taken).lists, [2]);
    }
}
