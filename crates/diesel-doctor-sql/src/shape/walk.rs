//! Reads a shape from a syntax tree.

mod aggregate;
mod definition;
mod expression;
mod filter;
mod names;
mod outside;
mod parts;
mod query;
mod resolve;
mod scope;
mod walker;
mod write;

pub(super) use self::walker::Walker;
