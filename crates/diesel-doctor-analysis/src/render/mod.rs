//! Reports as text and as JSON. The same report gives the same bytes.

pub mod clean;
#[cfg(any(test, feature = "fixtures"))]
#[doc(hidden)]
pub mod fixtures;
pub mod json;
pub mod text;
