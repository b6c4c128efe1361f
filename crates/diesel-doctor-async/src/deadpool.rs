//! Pools of deadpool. At each checkout, a connection is told which scope it belongs to.

use deadpool::managed::{Hook, Manager, Object, PoolBuilder};
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_doctor::{Recorder, ScopeHandle, shielded, watch};

use crate::connection::describe;

/// Adds `doctored` to pool builders of deadpool.
pub trait PoolBuilderExt {
    /// Watches all connections of the pool, under a name that reports use.
    ///
    /// A query belongs to the scope it runs in. When it runs outside any scope, as in a task that was spawned without
    /// [`in_current_scope`](diesel_doctor::DiagnoseExt::in_current_scope), it belongs to the scope in which the connection was
    /// taken from the pool, or to none if there was no such scope. The pool's own checks are counted apart.
    ///
    /// ```
    /// use diesel_async::pooled_connection::AsyncDieselConnectionManager;
    /// use diesel_async::pooled_connection::deadpool::Pool;
    /// use diesel_doctor_async::prelude::*;
    /// # type Connection = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::sqlite::SqliteConnection>;
    ///
    /// let manager = AsyncDieselConnectionManager::<Connection>::new(":memory:");
    /// let pool = Pool::builder(manager).doctored("primary").build()?;
    /// # Ok::<(), diesel_async::pooled_connection::deadpool::BuildError>(())
    /// ```
    #[must_use]
    fn doctored(self, name: impl Into<String>) -> Self;
}

impl<C, W> PoolBuilderExt for PoolBuilder<AsyncDieselConnectionManager<C>, W>
where
    C: AsyncConnection + 'static,
    AsyncDieselConnectionManager<C>: Manager<Type = C>,
    W: From<Object<AsyncDieselConnectionManager<C>>>,
{
    fn doctored(self, name: impl Into<String>) -> Self {
        let name = name.into();
        let again = name.clone();
        self.post_create(hook(move |recorder| {
            describe::<C>(recorder, &name);
            recorder.check_out(ScopeHandle::current().as_ref());
        }))
        .pre_recycle(hook(|recorder| {
            recorder.check_out(ScopeHandle::current().as_ref());
            recorder.start_check();
        }))
        .post_recycle(hook(move |recorder| {
            // Code that used the connection may have replaced its instrumentation. So this recorder may be new and have no name.
            if recorder.connection().name.is_none() {
                describe::<C>(recorder, &again);
            }
            recorder.check_out(ScopeHandle::current().as_ref());
        }))
    }
}

/// A hook that never fails. A connection that it cannot watch is counted.
fn hook<M, C>(tell: impl Fn(&mut Recorder) + Send + Sync + 'static) -> Hook<M>
where
    M: Manager<Type = C>,
    C: AsyncConnection,
{
    Hook::sync_fn(move |connection: &mut C, _| {
        // diesel-async panics when a future of this connection outlives its checkout. The pool's own check of the connection does so
        // too, right after this.
        let told = shielded(|| match watch(connection.instrumentation(), &tell) {
            Ok(Some(ours)) => {
                connection.set_instrumentation(ours);
                true
            }
            Ok(None) => true,
            Err(_) => false,
        });
        if !told.unwrap_or(false) {
            Recorder::count_unwatched();
        }
        Ok(())
    })
}
