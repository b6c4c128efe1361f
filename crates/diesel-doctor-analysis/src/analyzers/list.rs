//! All analyzers, in the order in which they run.

use super::Analyzer;

macro_rules! analyzers {
    ($($module:ident::$analyzer:ident,)*) => {
        $(pub use super::$module::$analyzer;)*

        /// All analyzers with the thresholds for tests: counts only, so that a fast database hides nothing.
        pub fn for_tests() -> Vec<Box<dyn Analyzer>> {
            vec![$(Box::new($analyzer::for_tests())),*]
        }

        /// All analyzers with the thresholds for production: counts and time, so that cheap queries are not reported.
        pub fn for_production() -> Vec<Box<dyn Analyzer>> {
            vec![$(Box::new($analyzer::for_production())),*]
        }
    };
}

// The order in which they run: a rule that yields to another comes after it.
analyzers! {
    n_plus_one::NPlusOne,
    write_in_loop::WriteInLoop,
    query_loop::QueryLoop,
    duplicate_query::DuplicateQuery,
}
