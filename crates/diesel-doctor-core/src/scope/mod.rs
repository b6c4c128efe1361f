//! Scopes: sets of queries that are diagnosed together.
//!
//! [`Scope`] is the owner and returns the report. [`ScopeHandle`] follows it to other threads and does not keep it open. Both are
//! entered like a `tracing` span. A query counts in the innermost scope it runs in, and in every scope around that one.

pub(crate) mod ambient;
mod builder;
mod caller;
mod guard;
mod handle;
mod live;
mod owner;
mod running;
mod settings;
mod state;

pub use ambient::entered_depth;
pub use builder::ScopeBuilder;
pub use caller::Caller;
pub use guard::{Entered, bind};
pub use handle::ScopeHandle;
pub use live::Live;
pub use owner::Scope;
pub use running::Running;
pub(crate) use settings::ScopeSettings;
pub(crate) use state::ScopeState;
