//! Room on the stack for what is parsed.
//!
//! How much a level of nesting takes depends on how the parser was compiled: in a build without optimization it is five times as much as in one
//! with it. The profile of this crate says nothing of that, as each crate can have its own; so it is measured, once for the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Tokenizer;

use super::grammar::Counted;
use super::guard::Nesting;
use super::stack;

/// Bytes of stack that something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room(usize);

impl Room {
    /// What parsing, walking and dropping takes.
    pub(super) fn of(nesting: Nesting) -> Self {
        let level = level();
        // Joins that wait for their condition nest without being counted by the parser.
        let levels = nesting.parser_levels() + nesting.levels;
        // A link of a chain takes no room while it is parsed; to walk it and to drop it takes less than a tenth of a level.
        Self(BASE + (ENDS + levels) * level + nesting.links * (level / 16))
    }

    /// Runs something where that much room is; `None` where there is none, and where it panics.
    pub(super) fn run<T>(self, run: impl FnOnce() -> Option<T>) -> Option<T> {
        if stack::room().is_some_and(|room| (self.0..=LARGEST).contains(&room)) {
            return catch_unwind(AssertUnwindSafe(run)).ok().flatten();
        }
        self.run_apart(run)
    }

    /// The same on a stack of its own.
    fn run_apart<T>(self, run: impl FnOnce() -> Option<T>) -> Option<T> {
        // Where no stacks can be made, nothing is run: how much room there is nobody knows.
        let checked = || stack::room().is_some_and(|room| room >= self.0 / 2).then(run).flatten();
        catch_unwind(AssertUnwindSafe(|| stacker::grow(self.0, checked))).ok().flatten()
    }
}

/// More room than this is not believed: what is known is the thread's stack, and somebody may run us on one that he made himself.
const LARGEST: usize = 64 << 20;

/// What has to be left at the end: below it the parser makes a new stack by itself, which may be too small.
const BASE: usize = 128 << 10;

/// Levels for the way to the first one and for what the deepest one calls.
const ENDS: usize = 4;

/// Bytes of stack that a level of the parser takes at most.
fn level() -> usize {
    static LEVEL: OnceLock<usize> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let measured = SAMPLES.iter().filter_map(Sample::level).max();
        // The samples are the heaviest that are known; half of it is a margin.
        measured.map_or(UNKNOWN, |level| level / 2 * 3)
    })
}

/// What a level takes where it cannot be measured.
const UNKNOWN: usize = 256 << 10;

/// Nested syntax to measure.
struct Sample {
    before: &'static str,
    open: &'static str,
    inside: &'static str,
    close: &'static str,
    /// How many levels of the parser each is.
    levels: usize,
}

/// The syntax whose levels take most, each in another build.
const SAMPLES: [Sample; 3] = [
    Sample { before: "SELECT * FROM ", open: "(", inside: "t", close: " JOIN u ON a = b)", levels: 1 },
    Sample { before: "SELECT * FROM ", open: "(SELECT * FROM ", inside: "t", close: ") x", levels: 2 },
    Sample { before: "SELECT 1", open: " UNION (SELECT 1", inside: "", close: ")", levels: 1 },
];

impl Sample {
    /// What a level of it takes.
    fn level(&self) -> Option<usize> {
        const FEW: usize = 1;
        const MORE: usize = 5;
        let taken = self.deepest(FEW)?.checked_sub(self.deepest(MORE)?)?;
        Some(taken / ((MORE - FEW) * self.levels))
    }

    /// The room that is left on a new stack where it nests so deep.
    fn deepest(&self, depth: usize) -> Option<usize> {
        let text = [self.before, &self.open.repeat(depth), self.inside, &self.close.repeat(depth)].concat();
        Room(ENOUGH_TO_MEASURE).run_apart(|| {
            let grammar = Counted::new(&PostgreSqlDialect {}, usize::MAX);
            let tokens = Tokenizer::new(&grammar, &text).tokenize().ok()?;
            Parser::new(&grammar).with_tokens(tokens).parse_statement().ok()?;
            Some(grammar.lowest_room())
        })
    }
}

/// Five levels and what comes before them, with a wide margin, in bytes.
const ENOUGH_TO_MEASURE: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_memory_for_a_stack_nothing_is_run() {
        assert_eq!(Room(usize::MAX / 2).run_apart(|| Some(())), None);
        assert_eq!(Room(1 << 20).run_apart(|| Some(())), Some(()), "for a small one there is");
    }

    #[test]
    fn what_panics_gives_nothing() {
        for room in [Room(1), Room(32 << 20)] {
            assert_eq!(room.run(|| -> Option<()> { panic!("as the parser might") }), None);
            assert_eq!(room.run(|| Some(())), Some(()));
        }
    }

    #[test]
    fn a_level_takes_more_room_than_any_sample_does() {
        for sample in &SAMPLES {
            let taken = sample.level().expect("it is measured");
            assert!(taken > 1024 && taken < level(), "{taken} of {}", level());
        }
    }
}
