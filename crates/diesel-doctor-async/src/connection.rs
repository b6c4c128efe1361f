//! `conn.doctor("name")` for async connections.

use std::any::type_name;

use diesel_async::AsyncConnection;
use diesel_doctor::{DoctorInstrumentation, Driver, ForeignInstrumentation, Recorder, ScopeHandle, dialect_of, watch};

/// Adds `doctor` to async connections.
pub trait AsyncConnectionExt: AsyncConnection {
    /// Watches this connection under a name that reports use, such as the role of its database.
    ///
    /// Use it for connections that are made by `try_from` and similar (as with TLS), or before [`install`](diesel_doctor::install).
    /// A connection that is already watched only gets the name. It is never counted twice.
    ///
    /// Called inside a scope, it also ties the connection to that scope until the next call: queries that run outside any scope, as
    /// on the blocking threads of `SyncConnectionWrapper`, belong to it.
    ///
    /// # Errors
    /// When the connection has a foreign instrumentation, because replacing it would turn it off. Chain it with
    /// [`DoctorInstrumentation::chain`].
    ///
    /// # Panics
    /// In diesel-async, when a future of this connection still exists.
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
    /// In diesel-async, when a future of this connection still exists.
    fn is_doctored(&mut self) -> bool {
        self.instrumentation().is::<DoctorInstrumentation>()
    }
}

impl<C: AsyncConnection> AsyncConnectionExt for C {}

/// Tells the recorder what the type of its connection reveals.
pub(crate) fn describe<C: AsyncConnection>(recorder: &mut Recorder, name: &str) {
    // The type is compared by name, so that no connection type has to be linked.
    let wrapped = type_name::<C>().contains("SyncConnectionWrapper<");
    recorder.set_driver(if wrapped { Driver::Wrapped } else { Driver::Async });
    recorder.describe(name, dialect_of::<C::Backend>());
}
