//! All hops on one kind of connection, with a pool and without: for each module that says which kind.

use super::{Conn, NAME, url};
use crate::matrix::cell::{Cell, FIRST, SECOND, observe};
use crate::matrix::plan::{Kind, one_thread, run_own, threads, write};
use crate::{library_pool, take};

#[path = "hops.rs"]
mod hops;

pub(in crate::matrix) fn run(cells: &mut Vec<Cell>) {
    let none = Kind { connection: NAME, pool: "none" };
    let pooled = Kind { pool: "deadpool", ..none };
    let url = &url();
    threads().block_on(async {
        run_own::<Conn>(cells, none, url, hops::LINE, hops::all()).await;
        let pool = &library_pool!(Conn, url, usize::from(FIRST + SECOND));
        for hop in hops::all() {
            let work = async |count| (hop.work)(take!(pool, count)).await;
            let seen = observe(hops::LINE, work(FIRST), work(SECOND)).await;
            write(cells, pooled, &hop, seen);
        }
    });
    one_thread().block_on(async {
        run_own::<Conn>(cells, none, url, hops::LINE, hops::one_thread()).await;
        let pool = &library_pool!(Conn, url, usize::from(FIRST + SECOND));
        for hop in hops::one_thread() {
            let work = async |count| (hop.work)(take!(pool, count)).await;
            let seen = observe(hops::LINE, work(FIRST), work(SECOND)).await;
            write(cells, pooled, &hop, seen);
        }
    });
}
