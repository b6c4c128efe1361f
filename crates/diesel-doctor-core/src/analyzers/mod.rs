//! The analyzers: each a pure function of a [`Snapshot`], in a file of its own with its page beside it.
//!
//! A new one is three things: its file, its page, and its line in the list below. A test holds them together.

use std::fmt;

use crate::finding::Finding;
use crate::rule::Rule;
use crate::snapshot::Snapshot;

mod arguments;
#[cfg(test)]
mod conformance;
mod connected;
mod duplicate_query;
mod effect;
mod freshness;
mod n_plus_one;
#[cfg(test)]
mod page;
mod query_loop;
#[cfg(test)]
mod scenarios;
mod waiting;
mod wording;
mod write_in_loop;
mod write_wording;

/// Looks for one kind of problem.
///
/// Analysis cannot fail, does no IO, and depends on nothing but the snapshot. It sees all queries: what the user allows is taken out afterwards.
pub trait Analyzer: fmt::Debug + Send + Sync {
    /// The rule it applies.
    fn rule(&self) -> &'static Rule;

    /// Adds what it finds to `findings`, which hold what the analyzers before it found: a query that a rule explains to which
    /// this one yields needs no second finding, and one that puts findings together takes its parts out.
    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>);
}

macro_rules! analyzers {
    ($($module:ident::$analyzer:ident,)*) => {
        $(pub use $module::$analyzer;)*

        /// All analyzers with the thresholds for tests: counts only, so that a fast database hides nothing.
        pub fn for_tests() -> Vec<Box<dyn Analyzer>> {
            vec![$(Box::new($analyzer::for_tests())),*]
        }

        /// All analyzers with the thresholds for production: counts and time, so that what costs nothing stays unsaid.
        pub fn for_production() -> Vec<Box<dyn Analyzer>> {
            vec![$(Box::new($analyzer::for_production())),*]
        }
    };
}

// In this order they run: what yields to another comes after it.
analyzers! {
    n_plus_one::NPlusOne,
    write_in_loop::WriteInLoop,
    query_loop::QueryLoop,
    duplicate_query::DuplicateQuery,
}
