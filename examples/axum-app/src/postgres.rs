//! The blog on PostgreSQL, in temporary tables.

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_doctor_async::deadpool::PoolBuilderExt as _; // add

#[expect(clippy::duplicate_mod, reason = "the same pages for another type of connection")]
#[path = "pages.rs"]
mod pages;

type Connection = AsyncPgConnection;

pub(crate) async fn router(url: &str) -> anyhow::Result<axum::Router> {
    let manager = AsyncDieselConnectionManager::<Connection>::new(url);
    let pool = pages::Pool::builder(manager)
        .doctored("blog") // add
        .max_size(1) // the tables live as long as their only connection
        .build()?;
    pages::router(pool).await
}
