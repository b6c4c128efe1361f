//! `interact` of deadpool-diesel: work on a pooled blocking connection, in the caller's scope.

use deadpool_diesel::{Connection, InteractError};
use diesel_doctor::{Caller, ConnectionExt};

/// Runs work on a connection of deadpool-diesel in the caller's scope, on a blocking thread.
///
/// deadpool-diesel's own `interact` runs its closure on a thread without a scope, so its queries count as outside any scope.
pub trait InteractExt<C> {
    /// Like `interact`, but in the current scope and with the connection watched under `name`. Call sites are in the closure, with
    /// the callers that led to it. Without a scope it only watches the connection.
    ///
    /// # Errors
    /// Like `interact`: when the closure panics, or when the runtime drops the work.
    fn interact_in_scope<F, R>(&self, name: &str, f: F) -> impl Future<Output = Result<R, InteractError>> + Send
    where
        F: FnOnce(&mut C) -> R + Send + 'static,
        R: Send + 'static;
}

impl<C: diesel::Connection + Send + 'static> InteractExt<C> for Connection<C> {
    fn interact_in_scope<F, R>(&self, name: &str, f: F) -> impl Future<Output = Result<R, InteractError>> + Send
    where
        F: FnOnce(&mut C) -> R + Send + 'static,
        R: Send + 'static,
    {
        let caller = Caller::capture();
        let name = name.to_owned();
        self.interact(move |conn| {
            caller.run(|| {
                // A connection with a foreign instrumentation stays unwatched, but the work is still done.
                let _ = conn.doctor(&name);
                f(conn)
            })
        })
    }
}
