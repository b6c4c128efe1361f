//! diesel-doctor for diesel-async: diagnoses async code like sync code.
//!
//! ```
//! use diesel_doctor_async::prelude::*;
//! # use std::future::ready;
//! # async fn load_books() -> Vec<String> { Vec::new() }
//!
//! # async fn page() {
//! // Any future, on any executor, can be a scope with a report.
//! let (books, report) = load_books().diagnose("book list").await;
//!
//! // The scope follows the futures that you wrap.
//! let scope = Scope::open("job");
//! load_books().with_scope(&scope).await;
//! let report = scope.close_async().await;
//! # }
//! ```
//!
//! # Overview
//! - [`diagnose`](diesel_doctor::DiagnoseExt::diagnose), [`with_scope`](diesel_doctor::DiagnoseExt::with_scope) and
//!   [`in_current_scope`](diesel_doctor::DiagnoseExt::in_current_scope) on futures; [`bind`] for closures that run on another thread;
//! - [`conn.doctor("name")`](AsyncConnectionExt::doctor) watches one connection, such as one that was made by `try_from`;
#![cfg_attr(
    feature = "deadpool",
    doc = "- [`Pool::builder(manager).doctored(\"name\")`](deadpool::PoolBuilderExt::doctored) watches a pool's connections, and tells them at each checkout whose they are;"
)]
#![cfg_attr(
    feature = "sqlite",
    doc = "- [`FollowCaller`] makes `SyncConnectionWrapper` run its queries in the scope, and at the call site, of whoever asks."
)]
//!
//! # Features
//! - `postgres`, `mysql`: turn on diesel-async's connections of that name;
//! - `sqlite`: `FollowCaller`, for diesel-async's `SyncConnectionWrapper`;
//! - `deadpool`: pools of diesel-async's connections;
//! - `deadpool-diesel`: `interact` with blocking connections, in the caller's scope.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
#[cfg(feature = "deadpool")]
pub mod deadpool;
#[cfg(feature = "sqlite")]
mod follow_caller;
#[cfg(feature = "deadpool-diesel")]
mod interact;

pub use connection::AsyncConnectionExt;
pub use diesel_doctor::{self, bind};
#[cfg(feature = "sqlite")]
pub use follow_caller::FollowCaller;
#[cfg(feature = "deadpool-diesel")]
pub use interact::InteractExt;

/// Everything that async code needs, in one import.
pub mod prelude {
    pub use crate::AsyncConnectionExt as _;
    #[cfg(feature = "deadpool-diesel")]
    pub use crate::InteractExt as _;
    #[cfg(feature = "deadpool")]
    pub use crate::deadpool::PoolBuilderExt as _;
    pub use diesel_doctor::prelude::*;
    pub use diesel_doctor::{Report, Scope, ScopeHandle, bind};
}

/// The README, whose code is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
