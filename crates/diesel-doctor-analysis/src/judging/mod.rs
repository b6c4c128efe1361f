//! From a snapshot to the findings that are reported: one explanation for each query, the user's levels, keys, an order, and the budget.

mod budget;
mod diagnosis;
mod judge;
mod levels;
mod rulebook;
mod scope_rules;

pub use budget::QUERY_BUDGET;
pub use diagnosis::diagnose;
#[cfg(test)]
pub(crate) use judge::judge;
pub use levels::Levels;
pub use rulebook::Rulebook;
pub use scope_rules::ScopeRules;
