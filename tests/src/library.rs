//! A library's tables in the temporary schema of each connection, for async connections and their pools.

use diesel::QueryResult;
use diesel::sqlite::SqliteConnection;
#[doc(hidden)]
pub use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::ManagerConfig;
#[doc(hidden)]
pub use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use diesel_doctor::ScopeHandle;
use diesel_doctor_async::FollowCaller;
#[doc(hidden)]
pub use diesel_doctor_async::deadpool::PoolBuilderExt;

diesel::table! {
    /// Twenty books: `(1, 'book 1')` to `(20, 'book 20')`.
    books {
        /// 1 to 20.
        id -> Integer,
        /// Never absent.
        title -> Text,
    }
}

/// SQLite as diesel-async has it.
pub type Stock = SyncConnectionWrapper<SqliteConnection>;

/// SQLite whose blocking threads follow their caller.
pub type Following = SyncConnectionWrapper<SqliteConnection, FollowCaller>;

/// A connection with the library's tables. What is watched by default watches this too, outside any scope.
///
/// # Panics
/// When the database refuses.
pub async fn open<C: AsyncConnection>(url: &str) -> C {
    assert!(ScopeHandle::current().is_none(), "fixtures are made outside");
    let mut conn = C::establish(url).await.expect("the database can be reached");
    prepare(&mut conn).await.expect("the tables can be made");
    conn
}

/// Makes the library's tables.
///
/// # Errors
/// When the database refuses.
pub async fn prepare(conn: &mut impl SimpleAsyncConnection) -> QueryResult<()> {
    conn.batch_execute(&tables()).await
}

/// The SQL that makes the library's tables.
pub fn tables() -> String {
    let rows: Vec<_> = (1..=20).map(|id| format!("({id}, 'book {id}')")).collect();
    format!(
        "CREATE TEMPORARY TABLE books (id INTEGER PRIMARY KEY, title VARCHAR(100) NOT NULL);
         INSERT INTO books (id, title) VALUES {}",
        rows.join(", ")
    )
}

/// What a manager is told so that each of its connections has the library's tables.
pub fn with_tables<C: AsyncConnection + 'static>() -> ManagerConfig<C> {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| {
        Box::pin(async move {
            let mut conn = C::establish(url).await?;
            prepare(&mut conn).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        })
    });
    config
}

/// A watched pool of so many connections.
#[macro_export]
macro_rules! library_pool {
    ($conn:ty, $url:expr, $size:expr) => {{
        use $crate::library::{AsyncDieselConnectionManager, Pool, PoolBuilderExt as _, with_tables};
        let manager = AsyncDieselConnectionManager::<$conn>::new_with_config($url, with_tables());
        Pool::<$conn>::builder(manager).max_size($size).doctored("primary").build().unwrap()
    }};
}
