//! What holds of a pool of r2d2 on every backend. The file that includes this one says which connection it has and where it connects.

mod foreign;
mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::r2d2::{Builder, ConnectionManager, CustomizeConnection, Error, Pool};
use diesel_doctor::r2d2::{DoctorManager, ManageConnectionExt as _};
use diesel_doctor_tests::blog::users;

use super::{Conn, url};

type Manager = DoctorManager<ConnectionManager<Conn>>;

/// Makes a table in each new connection, as a user's customizer would, and counts.
#[derive(Clone, Debug, Default)]
struct WithTable {
    acquired: Arc<AtomicUsize>,
    released: Arc<AtomicUsize>,
}

impl CustomizeConnection<Conn, Error> for WithTable {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), Error> {
        self.acquired.fetch_add(1, Ordering::Relaxed);
        conn.batch_execute(
            "CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
             INSERT INTO users (id, name) VALUES (1, 'user 1'), (2, 'user 2'), (3, 'user 3'), (4, 'user 4'), (5, 'user 5');",
        )
        .map_err(Error::QueryError)
    }

    fn on_release(&self, _: Conn) {
        self.released.fetch_add(1, Ordering::Relaxed);
    }
}

fn manager() -> Manager {
    ConnectionManager::new(url()).doctored("primary")
}

fn builder(customizer: &WithTable, size: u32) -> Builder<Manager> {
    Pool::builder().max_size(size).connection_customizer(Box::new(customizer.clone()))
}

fn pool(size: u32) -> Pool<Manager> {
    builder(&WithTable::default(), size).build(manager()).unwrap()
}

fn name(id: i32, conn: &mut Conn) -> String {
    users::table.find(id).select(users::name).first(conn).unwrap()
}

/// Runs `work` on a thread that is in no scope.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|threads| threads.spawn(work).join().unwrap())
}
