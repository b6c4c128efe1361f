#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache;
mod dialect;
mod fingerprint;
mod keyword;
mod known;
mod lexer;
mod normalizer;
mod operation;
mod recent;
#[cfg(feature = "serde")]
mod serialize;
mod settings;
mod shape;
mod statement;

#[doc = include_str!("fallbacks.md")]
pub mod fallbacks {}

pub use dialect::Dialect;
pub use fingerprint::Fingerprint;
pub use operation::Operation;
pub use shape::{Batch, BatchKind, BindRole, ColumnRef, ColumnRole, ColumnUse, Shape, Table};
pub use statement::{Level, Statement};
