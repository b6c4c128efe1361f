//! The hops of async connections, once for each type of them.

use std::future::{Future, pending};
use std::pin::Pin;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_doctor_async::prelude::*;
use futures_util::future::join_all;
use futures_util::stream::{self, FuturesUnordered};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet, block_in_place, spawn_blocking, spawn_local};

use super::Conn;
use crate::library::books;
use crate::matrix::plan::{Holder, Hop, Local};

/// Where the queries are made.
pub(super) const LINE: (&str, u32) = ("matrix/hops.rs", line!() + 4);

async fn title(conn: &mut Conn, id: i32) -> String {
    let book = books::table.find(id).select(books::title);
    book.first(conn).await.expect("the book is there")
}

/// All queries by the first connection, one after the other.
async fn work<H: Holder<Conn>>(mut holders: Vec<H>) {
    for (id, _) in (1..).zip(0..holders.len()) {
        title(&mut holders[0], id).await;
    }
}

/// Each query by a connection of its own.
fn each<H: Holder<Conn>>(holders: Vec<H>) -> impl Iterator<Item = impl Future<Output = ()> + Send> {
    (1..).zip(holders).map(|(id, mut holder)| async move { drop(title(&mut holder, id).await) })
}

/// The first query is dropped half-way.
async fn cancelled<H: Holder<Conn>>(mut holders: Vec<H>) {
    let _ = title(&mut holders[0], 1).now_or_never();
    let others = holders.split_off(1);
    for (id, mut holder) in (2..).zip(others) {
        title(&mut holder, id).await;
    }
}

trait Load: Send {
    fn load(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

struct Loader<H>(Vec<H>);

impl<H: Holder<Conn>> Load for Loader<H> {
    fn load(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(work(self.0))
    }
}

fn on_thread<H: Holder<Conn>>(holders: Vec<H>) -> (impl FnOnce() + Send, oneshot::Receiver<()>) {
    let (done, wait) = oneshot::channel();
    let runtime = Handle::current();
    let run = move || {
        runtime.block_on(work(holders));
        let _ = done.send(());
    };
    (run, wait)
}

macro_rules! hop {
    ($name:literal, |$holders:ident| $work:expr) => {
        hop!($name, None, |$holders| $work)
    };
    ($name:literal, $aided:expr, |$holders:ident| $work:expr) => {
        Hop { name: $name, aided: $aided, work: |$holders| -> Local { Box::pin(async move { $work }) } }
    };
}

/// Those that stay in the task.
pub(super) fn in_task<H: Holder<Conn>>() -> Vec<Hop<H>> {
    vec![
        hop!("same task", |holders| work(holders).await),
        hop!("boxed future of an async trait", |holders| {
            let loader: Box<dyn Load> = Box::new(Loader(holders));
            loader.load().await;
        }),
        hop!("join_all", |holders| drop(join_all(each(holders)).await)),
        hop!("select!", |holders| tokio::select! { () = work(holders) => {}, () = pending() => {} }),
        hop!("FuturesUnordered", |holders| each(holders).collect::<FuturesUnordered<_>>().collect().await),
        hop!("buffer_unordered", |holders| stream::iter(each(holders)).buffer_unordered(3).collect().await),
        hop!("cancelled in mid-query", |holders| {
            // On a worker: the drop of a stock wrapper's future blocks on the runtime.
            tokio::spawn(cancelled(holders).in_current_scope()).await.unwrap();
        }),
    ]
}

/// Those that leave it, each with the call that keeps the scope.
pub(super) fn elsewhere<H: Holder<Conn>>() -> Vec<Hop<H>> {
    vec![
        hop!("spawn", Some("spawn, in_current_scope()"), |holders| tokio::spawn(work(holders)).await.unwrap()),
        hop!("spawn, in_current_scope()", |holders| tokio::spawn(work(holders).in_current_scope()).await.unwrap()),
        hop!("JoinSet", Some("JoinSet, in_current_scope()"), |holders| {
            each(holders).collect::<JoinSet<_>>().join_all().await;
        }),
        hop!("JoinSet, in_current_scope()", |holders| {
            each(holders).map(diesel_doctor::DiagnoseExt::in_current_scope).collect::<JoinSet<_>>().join_all().await;
        }),
        hop!("spawn_local in a LocalSet", Some("spawn_local in a LocalSet, in_current_scope()"), |holders| {
            LocalSet::new().run_until(async { spawn_local(work(holders)).await.unwrap() }).await;
        }),
        hop!("spawn_local in a LocalSet, in_current_scope()", |holders| {
            LocalSet::new().run_until(async { spawn_local(work(holders).in_current_scope()).await.unwrap() }).await;
        }),
        hop!("spawn_blocking", Some("spawn_blocking, bind()"), |holders| {
            let runtime = Handle::current();
            spawn_blocking(move || runtime.block_on(work(holders))).await.unwrap();
        }),
        hop!("spawn_blocking, bind()", |holders| {
            let runtime = Handle::current();
            spawn_blocking(bind(move || runtime.block_on(work(holders)))).await.unwrap();
        }),
        hop!("thread", Some("thread, bind()"), |holders| {
            let (run, wait) = on_thread(holders);
            std::thread::spawn(run);
            wait.await.unwrap();
        }),
        hop!("thread, bind()", |holders| {
            let (run, wait) = on_thread(holders);
            std::thread::spawn(bind(run));
            wait.await.unwrap();
        }),
        hop!("rayon", Some("rayon, bind()"), |holders| {
            let (run, wait) = on_thread(holders);
            rayon::spawn(run);
            wait.await.unwrap();
        }),
        hop!("rayon, bind()", |holders| {
            let (run, wait) = on_thread(holders);
            rayon::spawn(bind(run));
            wait.await.unwrap();
        }),
    ]
}

/// What only a runtime of many threads can do.
pub(super) fn many_threads<H: Holder<Conn>>() -> Vec<Hop<H>> {
    vec![hop!("block_in_place", |holders| {
        // On a worker: a thread that blocks on a runtime twice loses what wakes the outer one.
        let blocking = async { block_in_place(|| Handle::current().block_on(work(holders))) };
        tokio::spawn(blocking.in_current_scope()).await.unwrap();
    })]
}

/// What is done again in a runtime of one thread.
pub(super) fn one_thread<H: Holder<Conn>>() -> Vec<Hop<H>> {
    vec![
        hop!("same task, one-thread runtime", |holders| work(holders).await),
        hop!("join_all, one-thread runtime", |holders| drop(join_all(each(holders)).await)),
        hop!("spawn, in_current_scope(), one-thread runtime", |holders| {
            tokio::spawn(work(holders).in_current_scope()).await.unwrap();
        }),
    ]
}

/// All of them for a runtime of many threads.
pub(super) fn all<H: Holder<Conn>>() -> Vec<Hop<H>> {
    let mut hops = in_task();
    hops.extend(many_threads());
    hops.extend(elsewhere());
    hops
}
