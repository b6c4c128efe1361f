//! Works around syntax that `sqlparser` 0.63 does not know, by leaving out or replacing what does not change the shape.

mod definition;
mod expression;
mod place;
mod query;
mod spelled;
mod tables;
mod utility;
mod write;
mod writer;

pub(super) use self::writer::rewrite;
