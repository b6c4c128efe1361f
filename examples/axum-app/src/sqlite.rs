//! The blog on SQLite, in memory.

use diesel::SqliteConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_doctor_async::FollowCaller;
use diesel_doctor_async::deadpool::PoolBuilderExt as _; // add

#[path = "pages.rs"]
mod pages;

// With diesel-async's own `SyncConnectionWrapper<SqliteConnection>` the findings come without their lines.
type Connection = SyncConnectionWrapper<SqliteConnection, FollowCaller>;

pub(crate) async fn router() -> anyhow::Result<axum::Router> {
    let manager = AsyncDieselConnectionManager::<Connection>::new(":memory:");
    let pool = pages::Pool::builder(manager)
        .doctored("blog") // add
        .max_size(1) // the database lives as long as its only connection
        .build()?;
    pages::router(pool).await
}
