//! Async MySQL.

use diesel_async::AsyncMysqlConnection as Conn;

use crate::events::server;

const NAME: &str = "AsyncMysqlConnection";

fn url() -> String {
    server("TEST_MYSQL_URL")
}

#[path = "pooled.rs"]
mod pooled;

pub(super) use pooled::run;
