//! What the tests of this package share.

pub mod events;
pub mod items;
