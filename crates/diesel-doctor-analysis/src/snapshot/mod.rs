//! A scope after its close: its tables, and which queries belong together.

mod builder;
mod group;
mod grouping;
mod likely_loop;
mod paths;
mod snapshot;

pub use builder::{QueryBuilder, SnapshotBuilder};
pub use group::Group;
pub(crate) use grouping::databases;
pub use snapshot::Snapshot;
