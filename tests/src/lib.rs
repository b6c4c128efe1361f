//! What the tests of this package share.

pub mod blog;
pub mod events;
pub mod items;
pub mod library;
pub mod matrix;
