//! `interact` of deadpool-diesel: work on a pooled blocking connection, in the scope of whoever asks for it.

use deadpool_diesel::{Connection, InteractError};
use diesel_doctor::{Caller, ConnectionExt};

/// Work on a connection of deadpool-diesel that the caller's scope follows to the blocking thread.
///
/// deadpool-diesel's own `interact` runs its closure on a thread that knows of no scope: what it asks is counted as outside any.
pub trait InteractExt<C> {
    /// Does what `interact` does, in the current scope, with the connection watched under `name`. Call sites are in the closure, with the
    /// callers that led to it. Without a scope it is the plain `interact` on a watched connection.
    ///
    /// # Errors
    /// As `interact`: when the closure panics, or the runtime gives the work up.
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
                // With an instrumentation of somebody else's it stays unwatched; the work is done all the same.
                let _ = conn.doctor(&name);
                f(conn)
            })
        })
    }
}
