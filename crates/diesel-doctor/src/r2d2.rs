//! Pools of r2d2. At each checkout, a connection is told which scope it belongs to.

use diesel::connection::Connection;
use diesel::r2d2::ManageConnection;
use diesel_doctor_core::{Recorder, ScopeHandle};

use crate::connection::{dialect_of, watch};

/// Adds `doctored` to connection managers of r2d2.
pub trait ManageConnectionExt: ManageConnection + Sized
where
    Self::Connection: Connection,
{
    /// Watches all connections of the pool, under a name that reports use.
    ///
    /// A query belongs to the scope it runs in. When it runs outside any scope, as on another thread without
    /// [`bind`](crate::bind()), it belongs to the scope in which the connection was taken from the pool, or to none if there was no
    /// such scope. The pool's own checks are counted apart.
    ///
    /// The doctor sees a checkout when the pool checks the connection, which r2d2 does by default. With `test_on_check_out(false)`
    /// it does not see it, and a query belongs to the scope it runs in or to none.
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use diesel::r2d2::{ConnectionManager, Pool};
    /// use diesel_doctor::r2d2::ManageConnectionExt as _;
    ///
    /// let manager = ConnectionManager::<SqliteConnection>::new(":memory:").doctored("primary");
    /// let pool = Pool::builder().max_size(1).build(manager)?;
    ///
    /// let (result, report) = diesel_doctor::diagnose("page", || {
    ///     let conn = &mut pool.get().unwrap();
    ///     diesel::sql_query("SELECT 2").execute(conn)
    /// });
    ///
    /// assert!(result.is_ok());
    /// assert_eq!((report.query_count(), report.evidence().pings), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    fn doctored(self, name: impl Into<String>) -> DoctorManager<Self> {
        DoctorManager { inner: self, name: name.into() }
    }
}

impl<M> ManageConnectionExt for M
where
    M: ManageConnection,
    M::Connection: Connection,
{
}

/// A connection manager that tells the doctor about checkouts and returns; made by [`doctored`](ManageConnectionExt::doctored).
///
/// It passes everything on to the inner manager, and returns the results unchanged. A connection with a foreign instrumentation is
/// not touched, and each of its checkouts is counted in the [health](crate::health).
#[derive(Clone, Debug)]
pub struct DoctorManager<M> {
    inner: M,
    name: String,
}

impl<M> DoctorManager<M>
where
    M: ManageConnection,
    M::Connection: Connection,
{
    /// Watches the connection, if it is not watched yet, and passes its recorder to `tell`. Returns whether the connection is
    /// watched now.
    fn tell(&self, conn: &mut M::Connection, tell: impl FnOnce(&mut Recorder)) -> bool {
        let named = |recorder: &mut Recorder| {
            // Code that used the connection may have replaced its instrumentation. So this recorder may be new and have no name.
            if recorder.connection().name.is_none() {
                recorder.describe(&self.name, dialect_of::<<M::Connection as Connection>::Backend>());
            }
            tell(recorder);
        };
        match watch(conn.instrumentation(), named) {
            Ok(None) => true,
            Ok(Some(ours)) => {
                conn.set_instrumentation(ours);
                true
            }
            Err(_) => false,
        }
    }
}

impl<M> ManageConnection for DoctorManager<M>
where
    M: ManageConnection,
    M::Connection: Connection,
{
    type Connection = M::Connection;
    type Error = M::Error;

    fn connect(&self) -> Result<M::Connection, M::Error> {
        let mut conn = self.inner.connect()?;
        self.tell(&mut conn, |_| {});
        Ok(conn)
    }

    /// The pool calls this at each checkout, on the thread that asked for a connection.
    fn is_valid(&self, conn: &mut M::Connection) -> Result<(), M::Error> {
        if !self.tell(conn, Recorder::start_check) {
            Recorder::count_unwatched();
        }
        let checked = self.inner.is_valid(conn);
        self.tell(conn, |recorder| match checked {
            Ok(()) => recorder.check_out(ScopeHandle::current().as_ref()),
            Err(_) => recorder.check_in(),
        });
        checked
    }

    /// The pool calls this at each return.
    fn has_broken(&self, conn: &mut M::Connection) -> bool {
        self.tell(conn, Recorder::start_check);
        let broken = self.inner.has_broken(conn);
        self.tell(conn, Recorder::check_in);
        broken
    }
}
