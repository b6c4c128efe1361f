//! How much the parser asks about a statement: a measure of its work that depends on no machine.

use std::hash::RandomState;

use super::*;
use crate::normalizer::normalize;
use crate::shape::guard::limits;

#[path = "../../../nesting/src/constructs.rs"]
mod constructs;

const DIALECTS: [Dialect; 4] = [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown];

/// How much the parser asks about a text, how much it may, and whether it knows it; nothing where it is not asked.
fn asked(text: &str, dialect: Dialect) -> Option<(usize, usize, bool)> {
    let normalized = normalize(text, dialect, &RandomState::new());
    let canonical = Canonical { text: &normalized.canonical, slots: &normalized.slots, dialect };
    let (tokens, nesting) = tokens(canonical, ValueStyle::Placeholder)?;
    let attempts = Attempts::new(canonical, nesting, tokens.len());
    let known = Room::of(nesting).run(|| attempts.all(tokens).map(drop)).is_some();
    Some((attempts.asked.get(), attempts.questions, known))
}

/// What is asked beyond that: brackets around a table are read as a query first, each from anew, and nothing in them ends the parsing.
const OF_TABLES: usize = limits::OF_TABLE * limits::OF_TABLE / 2;

#[test]
fn what_the_parser_asks_is_linear_in_the_text_whatever_nests() {
    for construct in constructs::CONSTRUCTS {
        for dialect in DIALECTS {
            for depth in [8, 30, 60, 120, 199] {
                let Some((asked, allowed, _)) = asked(&construct.nested(depth), dialect) else { continue };
                assert!(
                    asked <= allowed + OF_TABLES,
                    "{}, {depth} deep, {dialect:?}: {asked} of {allowed}",
                    construct.name
                );
            }
        }
    }
}

#[test]
fn a_reading_of_an_ordinary_statement_takes_a_fraction_of_what_is_allowed() {
    for text in [
        "SELECT a, b FROM t INNER JOIN u ON t.id = u.id WHERE (t.a = $1) AND (u.b IN ($2, $3)) ORDER BY a LIMIT 5",
        "INSERT INTO t (a, b) VALUES ($1, DEFAULT) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING a",
        "SELECT a FROM t WHERE b = (SELECT max(c) FROM u WHERE u.id = t.id) AND NOT EXISTS (SELECT 1 FROM v)",
    ] {
        let (asked, allowed, known) = asked(text, Dialect::PostgreSql).unwrap();
        assert!(known && asked * 4 < allowed, "{text}: {asked} of {allowed}");
    }
}
