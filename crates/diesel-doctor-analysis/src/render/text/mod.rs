//! The report as text, in the style of rustc.

mod diagnostic;
mod evidence;
mod source_line;
mod style;
mod summary;

pub use style::Style;
pub use summary::render;
