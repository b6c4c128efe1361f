//! Each kind of connection, with and without a pool, over each hop to another task or thread: whether the scope and the call site of its
//! queries were right, from real runs.
//!
//! In each cell two scopes run at the same time, the first with four queries, the second with two. A cell is right when each has its own.

mod cell;
mod following;
#[cfg(feature = "mysql")]
mod mysql;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod shared;
mod stock;
mod table;

/// Sync connections on the threads of async programs.
mod sync {
    pub(super) mod plain;
    #[cfg(feature = "postgres")]
    pub(super) mod wrapper;
}

pub use cell::{Cell, Scope, Site};
pub use table::{json, markdown, text};

/// Runs every cell, one after the other.
///
/// # Panics
/// When a database cannot be reached: `TEST_POSTGRES_URL` and `TEST_MYSQL_URL` say where, with the features of these names.
pub fn run() -> Vec<Cell> {
    let mut cells = Vec::new();
    #[cfg(feature = "postgres")]
    {
        postgres::run(&mut cells);
        shared::run(&mut cells);
        sync::wrapper::run(&mut cells);
    }
    #[cfg(feature = "mysql")]
    mysql::run(&mut cells);
    stock::run(&mut cells);
    following::run(&mut cells);
    sync::plain::run(&mut cells);
    cells
}
