//! Holds that no file of a crate imports another in a circle.
//!
//! The crate's files are parsed and their imports resolved by name, to the file that defines what is imported, through re-exports.
//! So a re-export is no import of the file that it stands in. A file that only declares modules and re-exports is never part of a circle.
//!
//! Two things are not seen: what a `macro_rules!` expands to, and methods that are called on a type whose `impl` stands in another file.
//! A file behind `#[path]` counts as missing, and that is an error. Code that only tests use does not count, nor do attributes and doc
//! comments.

mod check;
mod graph;
mod imports;
mod load;
mod names;
mod reader;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use check::check;
