//! The query: one user by id.

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
    }
}

/// A query that a program makes of the connection.
pub trait PointSelect: Connection {
    /// Makes a temporary table of ten users.
    ///
    /// # Panics
    /// When the database refuses.
    fn fill(&mut self) {
        let rows: Vec<_> = (1..=10).map(|id| format!("({id}, 'user {id}')")).collect();
        SimpleConnection::batch_execute(
            self,
            &format!(
                "CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
                 INSERT INTO users (id, name) VALUES {}",
                rows.join(", ")
            ),
        )
        .expect("the table can be made");
    }

    /// Loads the name of one user.
    ///
    /// # Panics
    /// When the database refuses.
    fn name_of(&mut self, id: i32) -> String;
}

/// Loads so many names, one by one. Not inlined, so that a tool can count what happens in here and nothing else.
#[inline(never)]
pub fn select_names(conn: &mut impl PointSelect, count: u64) {
    for n in 0..count {
        black_box(conn.name_of((n % 10) as i32 + 1));
    }
}

macro_rules! point_select {
    ($connection:ty) => {
        impl PointSelect for $connection {
            fn name_of(&mut self, id: i32) -> String {
                users::table.find(id).select(users::name).get_result(self).expect("there is such a user")
            }
        }
    };
}

point_select!(SqliteConnection);
#[cfg(feature = "postgres")]
point_select!(PgConnection);
#[cfg(feature = "mysql")]
point_select!(MysqlConnection);
