//! The analyzers. Each is a pure function of a [`Snapshot`](crate::Snapshot), in a file of its own with its page beside it.
//!
//! A new analyzer needs three things: its file, its page, and its line in `list.rs`. A test checks that they agree.

mod analyzer;
mod arguments;
#[cfg(test)]
mod conformance;
mod connected;
mod duplicate_query;
mod effect;
mod freshness;
mod list;
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

pub use analyzer::Analyzer;
pub use list::*;
