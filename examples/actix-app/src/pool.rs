//! The database: SQLite, in memory.

use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ConnectionManager};
use diesel::sqlite::SqliteConnection;
use diesel_doctor::r2d2::{DoctorManager, ManageConnectionExt as _}; // add

/// Without diesel-doctor: `r2d2::Pool<ConnectionManager<SqliteConnection>>`.
pub(crate) type Pool = r2d2::Pool<DoctorManager<ConnectionManager<SqliteConnection>>>;

/// Opens it, with tables and rows.
pub(crate) fn open() -> anyhow::Result<Pool> {
    let manager = ConnectionManager::<SqliteConnection>::new(":memory:").doctored("blog"); // add: .doctored("blog")
    // The database lives as long as its only connection.
    let pool = r2d2::Pool::builder().max_size(1).idle_timeout(None).max_lifetime(None).build(manager)?;
    pool.get()?.batch_execute(include_str!("seed.sql"))?;
    Ok(pool)
}
