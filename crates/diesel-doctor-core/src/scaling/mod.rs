//! Checks that code makes no more queries when there is more data: runs it at several sizes and compares query by query.
//!
//! A fixture with one row hides every loop. Two sizes reveal it, even small ones.

mod assertion;
mod comparison;
mod counts;
mod growth;
mod measured;
mod size;

pub use assertion::{assert_scales, assert_scales_async};
pub use size::Size;
