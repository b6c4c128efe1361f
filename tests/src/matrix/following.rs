//! SQLite behind diesel-async's wrapper, with blocking threads that follow their caller.

use crate::library::Following as Conn;

const NAME: &str = "SyncConnectionWrapper<SqliteConnection, FollowCaller>";

fn url() -> String {
    ":memory:".to_owned()
}

#[path = "pooled.rs"]
mod pooled;

pub(super) use pooled::run;
