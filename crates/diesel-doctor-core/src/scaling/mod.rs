//! Whether code asks more when there is more data: the same code at several sizes, compared query by query.
//!
//! A fixture of one row hides every loop. Two sizes show it, however small they are.

mod assertion;
mod comparison;
mod counts;
mod growth;
mod measured;
mod size;

pub use assertion::{assert_scales, assert_scales_async};
pub use size::Size;
