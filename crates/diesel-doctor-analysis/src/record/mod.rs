//! What happened: the queries of a scope, as records and tables. They hold no bind value and no password.

mod bind;
mod connection;
mod database;
mod printed_binds;
mod query;
mod site;
mod tables;
mod tally;

pub use bind::{BindFact, BindShape, Binds, Trust};
pub use connection::{Connection, ConnectionId, DatabaseIdentity, Driver};
pub use database::Database;
pub use printed_binds::PrintedBinds;
pub use query::{ConnectionIndex, ErrorClass, Outcome, QueryKind, QueryRecord, StackId, StatementId};
pub use site::{CallSite, ResolvedStack, SourceFrame};
pub use tables::Tables;
pub use tally::{Tally, TallyEntry};
