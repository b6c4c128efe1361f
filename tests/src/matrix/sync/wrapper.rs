//! diesel-async's sync wrapper around an async PostgreSQL connection: it blocks, so it lives on other threads.

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_doctor::ConnectionExt as _;

use super::super::cell::{Cell, FIRST, SECOND, observe};
use super::super::plan::{Kind, threads, write};
use crate::events::server;
use crate::library::tables;

type Conn = AsyncConnectionWrapper<AsyncPgConnection>;

#[path = "hops.rs"]
mod hops;

pub(in super::super) fn run(cells: &mut Vec<Cell>) {
    let kind = Kind { connection: "AsyncConnectionWrapper<AsyncPgConnection>", pool: "none" };
    let runtime = threads();
    for hop in hops::elsewhere() {
        let (first, second) = (vec![hops::Task(open(), FIRST)], vec![hops::Task(open(), SECOND)]);
        let seen = runtime.block_on(observe(hops::LINE, (hop.work)(first), (hop.work)(second)));
        write(cells, kind, &hop, seen);
    }
}

/// Opened outside the runtime, it has one of its own.
fn open() -> Conn {
    let mut conn = Conn::establish(&server("TEST_POSTGRES_URL")).expect("the database can be reached");
    conn.batch_execute(&tables()).expect("the tables can be made");
    conn.doctor("own").expect("nobody else watches it");
    conn
}
