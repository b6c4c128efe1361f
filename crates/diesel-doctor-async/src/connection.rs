//! `conn.doctor("name")` for async connections.

use std::any::type_name;

use diesel_async::AsyncConnection;
use diesel_doctor::{DoctorInstrumentation, Driver, ForeignInstrumentation, Recorder, ScopeHandle, dialect_of, watch};

/// Puts an async connection under observation.
pub trait AsyncConnectionExt: AsyncConnection {
    /// Watches this connection under a name that reports use, such as the role of its database.
    ///
    /// The one line for connections that are made by `try_from` and the like (as with TLS), or before
    /// [`install`](diesel_doctor::install). A connection that is watched already only gets the name, and is never counted twice.
    ///
    /// Called inside a scope it also tells the connection whose it is: queries that it runs where no scope can be seen, as
    /// `SyncConnectionWrapper` does on its blocking threads, belong to that scope until the next call.
    ///
    /// # Errors
    /// When the connection has an instrumentation of somebody else's: replacing it would silence it. Chain it with
    /// [`DoctorInstrumentation::chain`].
    ///
    /// # Panics
    /// In diesel-async, when a future of this very connection is still alive.
    fn doctor(&mut self, name: &str) -> Result<(), ForeignInstrumentation> {
        let stamp = |recorder: &mut Recorder| recorder.stamp(ScopeHandle::current().as_ref());
        if let Some(ours) = watch(self.instrumentation(), |recorder| {
            describe::<Self>(recorder, name);
            stamp(recorder);
        })? {
            self.set_instrumentation(ours);
        }
        Ok(())
    }

    /// Whether this connection is watched now.
    ///
    /// # Panics
    /// In diesel-async, when a future of this very connection is still alive.
    fn is_doctored(&mut self) -> bool {
        self.instrumentation().is::<DoctorInstrumentation>()
    }
}

impl<C: AsyncConnection> AsyncConnectionExt for C {}

/// Tells the recorder all that the type of its connection says.
pub(crate) fn describe<C: AsyncConnection>(recorder: &mut Recorder, name: &str) {
    // By name, so that no connection has to be linked for it.
    let wrapped = type_name::<C>().contains("SyncConnectionWrapper<");
    recorder.set_driver(if wrapped { Driver::Wrapped } else { Driver::Async });
    recorder.describe(name, dialect_of::<C::Backend>());
}
