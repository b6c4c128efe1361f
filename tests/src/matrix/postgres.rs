//! Async PostgreSQL.

use diesel_async::AsyncPgConnection as Conn;

use crate::events::server;

const NAME: &str = "AsyncPgConnection";

fn url() -> String {
    server("TEST_POSTGRES_URL")
}

#[path = "pooled.rs"]
mod pooled;

pub(super) use pooled::run;
