//! What the kinds of connections share: where their connections come from, and how a cell is written down.

use std::future::Future;
use std::ops::DerefMut;
use std::pin::Pin;

use diesel_async::AsyncConnection;
use diesel_doctor_async::AsyncConnectionExt as _;
use tokio::runtime::{Builder, Runtime};

use super::cell::{Cell, FIRST, SECOND, Scope, observe};
use crate::library::open;

/// A future that need not move to another thread.
pub(super) type Local = Pin<Box<dyn Future<Output = ()>>>;

/// Some work over a hop, by a connection for each query.
pub(super) type Work<H> = fn(Vec<H>) -> Local;

/// One hop.
#[derive(Debug)]
pub(super) struct Hop<H> {
    pub(super) name: &'static str,
    /// The name of the same hop with the one call that makes it right.
    pub(super) aided: Option<&'static str>,
    pub(super) work: Work<H>,
}

/// What holds a connection: a box of its own, or a place in a pool.
pub(super) trait Holder<C>: DerefMut<Target = C> + Send + 'static {}

impl<C, H: DerefMut<Target = C> + Send + 'static> Holder<C> for H {}

/// A connection of its own.
pub(super) type Own<C> = Box<C>;

/// So many watched connections without a pool.
pub(super) async fn own<C: AsyncConnection + 'static>(url: &str, count: u8) -> Vec<Own<C>> {
    let mut holders = Vec::new();
    for _ in 0..count {
        let mut conn = open::<C>(url).await;
        conn.doctor("own").expect("nobody else watches it");
        holders.push(Box::new(conn));
    }
    holders
}

/// So many connections from a pool.
#[macro_export]
#[doc(hidden)]
macro_rules! take {
    ($pool:expr, $count:expr) => {{
        let mut holders = Vec::new();
        for _ in 0..$count {
            holders.push($pool.get().await.unwrap());
        }
        holders
    }};
}

pub(super) fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime can be started")
}

pub(super) fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be started")
}

/// The kinds of a connection that stand in the first columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) connection: &'static str,
    pub(super) pool: &'static str,
}

/// Writes a cell down. A hop that needs help takes its site from the row that has it, which comes right after it.
pub(super) fn write<H>(cells: &mut Vec<Cell>, kind: Kind, hop: &Hop<H>, seen: (Scope, super::Site)) {
    let (scope, site) = seen;
    if let (Scope::Right, Some(last)) = (scope, cells.last_mut())
        && last.scope == Scope::Helped
        && last.note.ends_with(&format!("`{}`", hop.name))
    {
        last.site = site;
    }
    let follows = kind.connection.contains("FollowCaller");
    let note = match (scope, site, hop.aided) {
        (Scope::Helped, _, Some(aided)) => format!("counted as outside any scope; right as `{aided}`"),
        (Scope::Right, super::Site::Unknown, Some(aided)) if follows => format!("with the line as `{aided}`"),
        (Scope::Right, super::Site::Unknown, _) => {
            "for the line, make it `SyncConnectionWrapper<_, FollowCaller>`".to_owned()
        }
        _ => String::new(),
    };
    // Without a call that helps, what is not right is wrong.
    let scope = if scope == Scope::Helped && hop.aided.is_none() { Scope::Wrong } else { scope };
    cells.push(Cell { connection: kind.connection, pool: kind.pool, hop: hop.name, scope, site, note });
}

/// Runs hops with connections that were opened outside the scopes.
pub(super) async fn run_own<C: AsyncConnection + 'static>(
    cells: &mut Vec<Cell>,
    kind: Kind,
    url: &str,
    line: (&str, u32),
    hops: Vec<Hop<Own<C>>>,
) {
    for hop in hops {
        let (first, second) = (own::<C>(url, FIRST).await, own::<C>(url, SECOND).await);
        let seen = observe(line, (hop.work)(first), (hop.work)(second)).await;
        write(cells, kind, &hop, seen);
    }
}
