//! Pools of deadpool: whose a connection is, is told at each checkout.

use deadpool::managed::{Hook, Manager, Object, PoolBuilder};
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_doctor::{Recorder, ScopeHandle, shielded, watch};

use crate::connection::describe;

/// Puts the connections of a pool under observation.
pub trait PoolBuilderExt {
    /// Watches all connections of the pool, under a name that reports use.
    ///
    /// Queries of a connection belong to the scope they run in. Where none can be seen, as in a task that was spawned without
    /// [`in_current_scope`](diesel_doctor::DiagnoseExt::in_current_scope), they belong to the scope in which the connection was taken
    /// from the pool; without one, to none. The pool's own checks are counted apart.
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
            // Whoever had it may have given it an instrumentation of its own, so that this one is new.
            if recorder.connection().name.is_none() {
                describe::<C>(recorder, &again);
            }
            recorder.check_out(ScopeHandle::current().as_ref());
        }))
    }
}

/// A hook that never fails: what it cannot do is counted.
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
