//! The hops of sync connections in async programs, once for each type of them.

use diesel::prelude::*;
use diesel_doctor_async::prelude::*;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::super::super::plan::{Hop, Local};
use super::Conn;
use crate::library::books;

/// Where the queries are made.
pub(super) const LINE: (&str, u32) = ("sync/hops.rs", line!() + 4);

fn title(conn: &mut Conn, id: i32) -> String {
    let book = books::table.find(id).select(books::title);
    book.first(conn).expect("the book is there")
}

/// One connection, and how many queries are asked for.
pub(super) struct Task(pub(super) Conn, pub(super) u8);

/// All queries, one after the other.
pub(super) fn work(mut tasks: Vec<Task>) {
    for Task(conn, count) in &mut tasks {
        for id in 1..=*count {
            title(conn, i32::from(id));
        }
    }
}

fn on_thread(tasks: Vec<Task>) -> (impl FnOnce() + Send, oneshot::Receiver<()>) {
    let (done, wait) = oneshot::channel();
    let run = move || {
        work(tasks);
        let _ = done.send(());
    };
    (run, wait)
}

macro_rules! hop {
    ($name:literal, $aided:expr, |$tasks:ident| $work:expr) => {
        Hop { name: $name, aided: $aided, work: |$tasks| -> Local { Box::pin(async move { $work }) } }
    };
}

/// Those on other threads.
pub(super) fn elsewhere() -> Vec<Hop<Task>> {
    vec![
        hop!("spawn_blocking", Some("spawn_blocking, bind()"), |tasks| {
            spawn_blocking(move || work(tasks)).await.unwrap();
        }),
        hop!("spawn_blocking, bind()", None, |tasks| spawn_blocking(bind(move || work(tasks))).await.unwrap()),
        hop!("thread", Some("thread, bind()"), |tasks| {
            let (run, wait) = on_thread(tasks);
            std::thread::spawn(run);
            wait.await.unwrap();
        }),
        hop!("thread, bind()", None, |tasks| {
            let (run, wait) = on_thread(tasks);
            std::thread::spawn(bind(run));
            wait.await.unwrap();
        }),
        hop!("rayon", Some("rayon, bind()"), |tasks| {
            let (run, wait) = on_thread(tasks);
            rayon::spawn(run);
            wait.await.unwrap();
        }),
        hop!("rayon, bind()", None, |tasks| {
            let (run, wait) = on_thread(tasks);
            rayon::spawn(bind(run));
            wait.await.unwrap();
        }),
    ]
}
