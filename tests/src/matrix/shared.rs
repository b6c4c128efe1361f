//! Async PostgreSQL connections that requests share, and those that are made from a client.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_doctor_async::prelude::*;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::cell::{Cell, FIRST, SECOND, observe};
use super::plan::{Hop, Kind, Local, Own, threads, write};
use crate::events::server;
use crate::library::{books, open, prepare};

/// Where the queries are made.
const LINE: (&str, u32) = ("matrix/shared.rs", line!() + 4);

async fn title(mut conn: &AsyncPgConnection, id: i32) -> String {
    let book = books::table.find(id).select(books::title);
    book.first(&mut conn).await.expect("the book is there")
}

type Shared = Arc<AsyncPgConnection>;
type SharedWork = fn(Shared, u8) -> Local;

async fn work(conn: Shared, count: u8) {
    for id in 1..=count {
        title(&conn, i32::from(id)).await;
    }
}

fn each(conn: &Shared, count: u8) -> impl Iterator<Item = impl Future<Output = String>> {
    (1..=count).map(|id| title(conn, i32::from(id)))
}

pub(super) fn run(cells: &mut Vec<Cell>) {
    let url = server("TEST_POSTGRES_URL");
    threads().block_on(async {
        let mut conn = open::<AsyncPgConnection>(&url).await;
        conn.doctor("shared").expect("nobody else watches it");
        let conn = &Arc::new(conn);
        let kind = Kind { connection: "Arc<AsyncPgConnection>, shared by both scopes", pool: "none" };
        let hops: [(&'static str, Option<&'static str>, SharedWork); 5] = [
            ("same task", None, |conn, count| Box::pin(work(conn, count))),
            ("join_all, pipelined", None, |conn, count| {
                Box::pin(async move { drop(join_all(each(&conn, count)).await) })
            }),
            ("FuturesUnordered, pipelined", None, |conn, count| {
                Box::pin(
                    async move { each(&conn, count).collect::<FuturesUnordered<_>>().for_each(async |_| {}).await },
                )
            }),
            ("spawn", Some("spawn, in_current_scope()"), |conn, count| {
                Box::pin(async move { tokio::spawn(work(conn, count)).await.unwrap() })
            }),
            ("spawn, in_current_scope()", None, |conn, count| {
                Box::pin(async move { tokio::spawn(work(conn, count).in_current_scope()).await.unwrap() })
            }),
        ];
        for (name, aided, work) in hops {
            let seen = observe(LINE, work(Arc::clone(conn), FIRST), work(Arc::clone(conn), SECOND)).await;
            let hop = Hop::<Own<AsyncPgConnection>> { name, aided, work: |_| Box::pin(async {}) };
            write(cells, kind, &hop, seen);
        }

        let kind = Kind { connection: "AsyncPgConnection by try_from, doctor(\"name\")", pool: "none" };
        let hop = Hop::<Own<AsyncPgConnection>> { name: "same task", aided: None, work: |_| Box::pin(async {}) };
        let (first, second) = (Arc::new(from_client(&url).await), Arc::new(from_client(&url).await));
        let seen = observe(LINE, work(first, FIRST), work(second, SECOND)).await;
        write(cells, kind, &hop, seen);
    });
}

/// A connection as one with TLS is made.
async fn from_client(url: &str) -> AsyncPgConnection {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the database can be reached");
    let mut conn =
        AsyncPgConnection::try_from_client_and_connection(client, connection).await.expect("it can be set up");
    prepare(&mut conn).await.expect("the tables can be made");
    conn.doctor("by client").expect("nobody else watches it");
    conn
}
