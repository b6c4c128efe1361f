//! The reporters: the only place where a report leaves the program.
//!
//! [`TextReporter`] is for people, [`JsonReporter`] for programs, [`Memory`] for tests, [`Silent`] for nobody. [`Deduplicated`] stands before
//! another and lets each finding through once.

mod deduplicated;
mod dialect;
#[cfg(test)]
mod fixtures;
pub mod json;
mod memory;
mod reporter;
mod silent;
mod stream;
mod summary;
pub mod text;

pub use deduplicated::Deduplicated;
use dialect::dialect_name;
pub use json::JsonReporter;
pub use memory::Memory;
pub use reporter::Reporter;
pub use silent::Silent;
pub use summary::{Repeated, Summary};
pub use text::{Style, TextReporter};
