//! The library on SQLite.

use diesel::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_doctor_async::FollowCaller;

#[path = "pages.rs"]
pub(crate) mod pages;

// With diesel-async's own `SyncConnectionWrapper<SqliteConnection>` the findings come without their lines.
type Conn = SyncConnectionWrapper<SqliteConnection, FollowCaller>;
