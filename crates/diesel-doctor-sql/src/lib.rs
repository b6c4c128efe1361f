//! Understands SQL well enough to tell which texts are one statement, and what that statement touches.
//!
//! A [`Statement`] has a canonical text without literals, a [`Fingerprint`] that is the hash of it, and, where its syntax is known, a
//! [`Shape`]. Three things always hold:
//!
//! - Any text gives a statement, in time that is linear in its length: nothing panics, and no nesting overflows the stack.
//! - The fingerprint comes from the tokens, never from a syntax tree: an upgrade of the parser changes none.
//! - No literal of the text is in the canonical text, or in the output of `Debug`.
//!
//! ```
//! use diesel_doctor_sql::{Dialect, Operation, Statement};
//!
//! let statement = Statement::new("SELECT name FROM users WHERE id = 42 -- hello", Dialect::PostgreSql);
//! assert_eq!(statement.normalized(), "SELECT name FROM users WHERE id = ?");
//! assert_eq!(statement.operation(), Operation::Select);
//! ```
//!
//! # Features
//!
//! - `serde`: the types of a statement implement `Serialize`, and [`Fingerprint`] also `Deserialize`.

mod cache;
mod dialect;
mod fingerprint;
mod keyword;
mod lexer;
mod normalizer;
mod operation;
mod recent;
#[cfg(feature = "serde")]
mod serialize;
mod shape;
mod statement;

#[doc = include_str!("fallbacks.md")]
pub mod fallbacks {}

pub use dialect::Dialect;
pub use fingerprint::Fingerprint;
pub use operation::Operation;
pub use shape::{Batch, BatchKind, BindRole, ColumnRef, ColumnRole, ColumnUse, Shape, Table};
pub use statement::{Level, Statement};
