//! Async MySQL.

use super::cell::{Cell, FIRST, SECOND, observe};
use super::plan::{Kind, one_thread, run_own, threads, write};
use crate::events::server;
type Conn = diesel_async::AsyncMysqlConnection;
use crate::{library_pool, take};

#[path = "hops.rs"]
mod hops;

const NAME: &str = "AsyncMysqlConnection";

pub(super) fn run(cells: &mut Vec<Cell>) {
    let none = Kind { connection: NAME, pool: "none" };
    let pooled = Kind { pool: "deadpool", ..none };
    let url = &server("TEST_MYSQL_URL");
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
