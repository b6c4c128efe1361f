//! The report as rustc would print it.

mod diagnostic;
mod evidence;
mod source_line;
mod style;
mod summary;

pub use style::Style;
pub use summary::render;
