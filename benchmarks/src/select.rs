//! The query: one user by id, a whole row as most queries load it; without a LIMIT, so that the statement is in the cache.

use std::hint::black_box;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

diesel::table! {
    /// Ten users.
    users {
        /// 1 to 10.
        id -> Integer,
        /// Never absent.
        name -> Text,
        /// Never absent.
        email -> Text,
        /// Never absent.
        city -> Text,
    }
}

/// A row.
pub type User = (i32, String, String, String);

/// A query that a program makes of the connection.
pub trait PointSelect: Connection {
    /// Makes a temporary table of ten users.
    ///
    /// # Panics
    /// When the database refuses.
    fn fill(&mut self) {
        let rows: Vec<_> =
            (1..=10).map(|id| format!("({id}, 'user {id}', 'user{id}@example.org', 'city {id}')")).collect();
        SimpleConnection::batch_execute(
            self,
            &format!(
                "CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100) NOT NULL,
                     city VARCHAR(100) NOT NULL);
                 INSERT INTO users (id, name, email, city) VALUES {}",
                rows.join(", ")
            ),
        )
        .expect("the table can be made");
    }

    /// Loads one user.
    ///
    /// # Panics
    /// When the database refuses.
    fn user(&mut self, id: i32) -> User;
}

/// Loads so many users, one by one. Not inlined, so that a tool can count what happens in here and nothing else.
#[inline(never)]
pub fn select_users(conn: &mut impl PointSelect, count: u64) {
    for n in 0..count {
        black_box(conn.user((n % 10) as i32 + 1));
    }
}

macro_rules! point_select {
    ($connection:ty) => {
        impl PointSelect for $connection {
            fn user(&mut self, id: i32) -> User {
                users::table.find(id).get_result(self).expect("there is such a user")
            }
        }
    };
}

point_select!(SqliteConnection);
#[cfg(feature = "postgres")]
point_select!(PgConnection);
#[cfg(feature = "mysql")]
point_select!(MysqlConnection);
