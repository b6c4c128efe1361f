//! Pools of r2d2 on SQLite.

type Conn = diesel::sqlite::SqliteConnection;

fn url() -> String {
    ":memory:".to_owned()
}

#[path = "pools/mod.rs"]
mod pools;
