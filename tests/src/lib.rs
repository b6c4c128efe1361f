//! What the tests of this package share.

pub mod blog;
pub mod events;
pub mod items;
pub mod library;
#[expect(clippy::duplicate_mod, reason = "the hops are compiled once for each type of connection")]
pub mod matrix;
pub mod owned;
