//! The statements that a thread asked for last, so that a text that repeats is neither hashed as a whole nor looked up among threads.
//!
//! A text finds its place by a few of its bytes and is then compared as a whole: two texts never share a statement.

use std::cell::RefCell;

use crate::{Dialect, Statement};

/// How many statements a thread keeps; a power of two.
const PLACES: usize = 32;

/// Longer texts are not kept for a thread, in bytes.
const LONGEST: usize = 2 * 1024;

thread_local! {
    static RECENT: RefCell<[Option<Statement>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
}

/// The statement of this text, if the thread asked for it lately.
#[inline]
pub(crate) fn get(sql: &str, dialect: Dialect) -> Option<Statement> {
    if sql.len() > LONGEST {
        return None;
    }
    let at = place(sql.as_bytes());
    let found = RECENT.try_with(|recent| {
        let recent = recent.try_borrow().ok()?;
        let statement = recent.get(at)?.as_ref()?;
        statement.is_of(sql, dialect).then(|| statement.clone())
    });
    found.ok().flatten()
}

/// Keeps a statement for the thread, in place of one that shares its place.
pub(crate) fn insert(sql: &str, statement: &Statement) {
    if sql.len() > LONGEST {
        return;
    }
    let at = place(sql.as_bytes());
    // A thread that is ending keeps nothing any more.
    let replaced = RECENT.try_with(|recent| {
        let mut recent = recent.try_borrow_mut().ok()?;
        recent.get_mut(at)?.replace(statement.clone())
    });
    // What is replaced is dropped when nothing is borrowed any more.
    drop(replaced);
}

/// Mixes the length with words from the middle and the end: the beginning of two statements is often the same.
#[inline]
fn place(sql: &[u8]) -> usize {
    /// An odd number without a pattern: 2⁶⁴ divided by the golden ratio.
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let length = sql.len();
    let word = |at: usize| {
        let bytes =
            at.checked_add(8).and_then(|end| sql.get(at..end)).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        bytes.map_or(0, u64::from_le_bytes)
    };
    let mut mixed = length as u64;
    for at in [length / 4, length / 2, length / 4 * 3, length.saturating_sub(16), length.saturating_sub(8)] {
        mixed = (mixed.rotate_left(23) ^ word(at)).wrapping_mul(MIX);
    }
    (mixed >> 56) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_finds_what_it_kept_and_no_other_does() {
        let statement = Statement::new("SELECT kept FROM recent", Dialect::Sqlite);
        assert!(get("SELECT kept FROM recent", Dialect::Sqlite).is_some());
        assert!(get("SELECT kept FROM recent", Dialect::MySql).is_none(), "another dialect");
        assert!(get("SELECT kept FROM recenT", Dialect::Sqlite).is_none(), "another text");
        std::thread::spawn(move || {
            assert!(get("SELECT kept FROM recent", Dialect::Sqlite).is_none());
            drop(statement);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn two_texts_in_one_place_are_told_apart() {
        // They differ only where the place does not look.
        let [one, other] =
            ["a", "b"].map(|name| format!("SELECT {name} FROM a_table_with_a_long_name WHERE something = ?"));
        assert_eq!(place(one.as_bytes()), place(other.as_bytes()));
        for text in [&one, &other, &one] {
            let statement = Statement::new(text, Dialect::Sqlite);
            assert_eq!(statement.normalized(), text);
        }
    }

    #[test]
    fn statements_spread_over_the_places() {
        let places: std::collections::HashSet<usize> =
            (0..200).map(|n| place(format!("SELECT a, b FROM table_{n} WHERE table_{n}.id = $1").as_bytes())).collect();
        assert!(places.len() > PLACES * 3 / 4, "only {} of {PLACES}", places.len());
    }

    #[test]
    fn one_of_many_variants_is_kept_when_it_is_asked_for_again() {
        for text in [
            "SELECT 'once' FROM recent",
            "SELECT a FROM recent WHERE b IN (?, ?)",
            "SELECT a FROM recent -- traceparent=1",
        ] {
            let _ = Statement::new(text, Dialect::Sqlite);
            assert!(get(text, Dialect::Sqlite).is_none(), "{text}");
            let _ = Statement::new(text, Dialect::Sqlite);
            assert!(get(text, Dialect::Sqlite).is_some(), "{text}");
        }
    }

    #[test]
    fn a_long_text_is_not_kept() {
        let text = format!("SELECT {}", "a, ".repeat(LONGEST));
        let _ = Statement::new(&text, Dialect::Sqlite);
        assert!(get(&text, Dialect::Sqlite).is_none());
    }
}
