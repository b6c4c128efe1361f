//! The reporters: the only place where a report leaves the program.
//!
//! [`TextReporter`] is for people, [`JsonReporter`] for programs, and [`Memory`] for tests. [`Silent`] shows nothing, and
//! [`Callback`] calls a closure. With the feature `tracing`, `TracingReporter` writes events into the program's own `tracing`.
//! [`Deduplicated`] wraps another reporter and shows each finding once.

mod callback;
mod deduplicated;
mod json_reporter;
mod memory;
mod reporter;
mod silent;
mod stream;
mod summary;
mod text_reporter;
#[cfg(feature = "tracing")]
mod tracing;

pub use callback::Callback;
pub use deduplicated::Deduplicated;
pub use diesel_doctor_analysis::render::text::Style;
pub use diesel_doctor_analysis::render::{json, text};
pub use json_reporter::JsonReporter;
pub use memory::Memory;
pub use reporter::Reporter;
pub use silent::Silent;
pub use summary::{Repeated, Summary};
pub use text_reporter::TextReporter;
#[cfg(feature = "tracing")]
pub use tracing::TracingReporter;
