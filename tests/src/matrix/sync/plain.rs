//! Diesel's own SQLite connection in an async program.

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::sqlite::SqliteConnection as Conn;
use diesel_doctor::ConnectionExt as _;
use tokio::task::block_in_place;

use super::super::cell::{Cell, FIRST, SECOND, observe};
use super::super::plan::{Hop, Kind, threads, write};
use crate::library::tables;

#[path = "hops.rs"]
mod hops;

pub(in super::super) fn run(cells: &mut Vec<Cell>) {
    let kind = Kind { connection: "SqliteConnection in async code", pool: "none" };
    threads().block_on(async {
        for hop in here().into_iter().chain(hops::elsewhere()) {
            let (first, second) = (vec![hops::Task(open(), FIRST)], vec![hops::Task(open(), SECOND)]);
            let seen = observe(hops::LINE, (hop.work)(first), (hop.work)(second)).await;
            write(cells, kind, &hop, seen);
        }
    });
}

/// Those on the thread of the task, which it blocks.
fn here() -> [Hop<hops::Task>; 2] {
    [
        Hop { name: "same task", aided: None, work: |tasks| Box::pin(async { hops::work(tasks) }) },
        Hop {
            name: "block_in_place",
            aided: None,
            work: |tasks| Box::pin(async { block_in_place(|| hops::work(tasks)) }),
        },
    ]
}

fn open() -> Conn {
    let mut conn = Conn::establish(":memory:").expect("SQLite works");
    conn.batch_execute(&tables()).expect("the tables can be made");
    conn.doctor("own").expect("nobody else watches it");
    conn
}
