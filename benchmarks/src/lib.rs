//! What recording adds to a query: the same point select, watched in eight ways.

mod case;
pub mod peers;
pub mod select;

pub use case::Case;
