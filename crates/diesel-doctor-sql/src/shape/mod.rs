//! What a statement touches and how, read from its syntax tree.

mod answers;
mod bind;
mod column;
mod grammar;
mod guard;
mod parse;
mod prepare;
mod rewrite;
mod room;
mod simple;
mod stack;
mod summary;
mod syntax;
mod table;
mod tokens;
mod tree;
mod walk;
mod words;

pub(crate) use parse::parse;
pub(crate) use summary::summary;
pub(crate) use tokens::Canonical;
pub(crate) use tree::Tree;

pub use answers::Shape;
pub use bind::{Batch, BatchKind, BindRole};
pub use column::{ColumnRef, ColumnRole, ColumnUse};
pub use table::Table;
