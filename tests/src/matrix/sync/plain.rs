//! Diesel's own SQLite connection in an async program.

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::sqlite::SqliteConnection as Conn;
use diesel_doctor::ConnectionExt as _;

use super::super::cell::{Cell, FIRST, SECOND, observe};
use super::super::plan::{Kind, threads, write};
use crate::library::tables;

#[path = "hops.rs"]
mod hops;

pub(in super::super) fn run(cells: &mut Vec<Cell>) {
    let kind = Kind { connection: "SqliteConnection in async code", pool: "none" };
    threads().block_on(async {
        for hop in hops::here().into_iter().chain(hops::elsewhere()) {
            let (first, second) = (vec![hops::Task(open(), FIRST)], vec![hops::Task(open(), SECOND)]);
            let seen = observe(hops::LINE, (hop.work)(first), (hop.work)(second)).await;
            write(cells, kind, &hop, seen);
        }
    });
}

fn open() -> Conn {
    let mut conn = Conn::establish(":memory:").expect("SQLite works");
    conn.batch_execute(&tables()).expect("the tables can be made");
    conn.doctor("own").expect("nobody else watches it");
    conn
}
