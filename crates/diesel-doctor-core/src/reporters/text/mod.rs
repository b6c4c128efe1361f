//! The report as rustc would print it.

mod clean;
mod diagnostic;
mod evidence;
mod reporter;
mod source_line;
mod style;
mod summary;

pub(crate) use clean::{is_obeyed, line};
pub(crate) use evidence::duration;
pub use reporter::TextReporter;
pub use style::Style;
pub use summary::render;
