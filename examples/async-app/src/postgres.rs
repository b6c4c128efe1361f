//! The library on PostgreSQL, in temporary tables.

use diesel_async::AsyncPgConnection;

#[expect(clippy::duplicate_mod, reason = "the same pages for another type of connection")]
#[path = "pages.rs"]
pub(crate) mod pages;

type Conn = AsyncPgConnection;
