//! The reporters: the only place where a report leaves the program.
//!
//! [`TextReporter`] is for people, [`JsonReporter`] for programs, [`Memory`] for tests, [`Silent`] for nobody, [`Callback`] for
//! a closure; with the feature `tracing`, `TracingReporter` is for the program's own events. [`Deduplicated`] stands before
//! another and lets each finding through once.

mod callback;
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
#[cfg(feature = "tracing")]
mod tracing;

pub use callback::Callback;
pub use deduplicated::Deduplicated;
use dialect::dialect_name;
pub use json::JsonReporter;
pub use memory::Memory;
pub use reporter::Reporter;
pub use silent::Silent;
pub use summary::{Repeated, Summary};
pub use text::{Style, TextReporter};
#[cfg(feature = "tracing")]
pub use tracing::TracingReporter;
