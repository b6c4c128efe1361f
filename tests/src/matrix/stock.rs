//! SQLite behind diesel-async's wrapper, as it is.

use diesel_doctor_async::AsyncConnectionExt as _;

use super::cell::{Cell, FIRST, SECOND, observe};
use super::plan::{Hop, Kind, Local, Own, one_thread, run_own, threads, write};
use crate::library::Stock as Conn;
use crate::{library_pool, take};

#[path = "hops.rs"]
mod hops;

const NAME: &str = "SyncConnectionWrapper<SqliteConnection>";

pub(super) fn run(cells: &mut Vec<Cell>) {
    let none = Kind { connection: NAME, pool: "none" };
    let url = ":memory:";
    threads().block_on(async {
        let told = "same task, after doctor(\"name\") in the scope";
        let mut alone = hops::in_task::<Own<Conn>>();
        alone.truncate(1);
        alone[0].aided = Some(told);
        let same_task = alone[0].work;
        run_own(cells, none, url, hops::LINE, alone).await;
        let (first, second) = (super::plan::own::<Conn>(url, FIRST).await, super::plan::own::<Conn>(url, SECOND).await);
        let stamped = |mut holders: Vec<Own<Conn>>| -> Local {
            Box::pin(async move {
                holders[0].doctor("own").expect("it is ours");
                same_task(holders).await;
            })
        };
        let seen = observe(hops::LINE, stamped(first), stamped(second)).await;
        write(cells, none, &Hop { name: told, aided: None, work: same_task }, seen);
    });
    let pooled = Kind { pool: "deadpool", ..none };
    threads().block_on(async {
        let pool = &library_pool!(Conn, url, usize::from(FIRST + SECOND));
        for hop in hops::all() {
            let work = async |count| (hop.work)(take!(pool, count)).await;
            let seen = observe(hops::LINE, work(FIRST), work(SECOND)).await;
            write(cells, pooled, &hop, seen);
        }
    });
    one_thread().block_on(async {
        let pool = &library_pool!(Conn, url, usize::from(FIRST + SECOND));
        for hop in hops::one_thread() {
            let work = async |count| (hop.work)(take!(pool, count)).await;
            let seen = observe(hops::LINE, work(FIRST), work(SECOND)).await;
            write(cells, pooled, &hop, seen);
        }
    });
}
