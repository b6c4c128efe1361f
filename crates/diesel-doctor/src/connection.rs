//! `conn.doctor("name")`: watches an existing connection, names it, and sets its dialect from its type.

use std::any::type_name;

use diesel::connection::{Connection, Instrumentation};
use diesel_doctor_core::{Dialect, Recorder};

use crate::instrumentation::DoctorInstrumentation;

/// Adds `doctor` to connections.
pub trait ConnectionExt: Connection {
    /// Watches this connection under a name that reports use, such as the role of its database.
    ///
    /// A connection that is already watched, because of [`install`](crate::install), only gets the name. It is never counted twice.
    /// Inside a scope the call is evidence of a watched connection, even when no query follows.
    ///
    /// # Errors
    /// When the connection has a foreign instrumentation, because replacing it would turn it off. Chain it with
    /// [`DoctorInstrumentation::chain`].
    fn doctor(&mut self, name: &str) -> Result<(), ForeignInstrumentation> {
        let describe = |recorder: &mut Recorder| recorder.describe(name, dialect_of::<Self::Backend>());
        if let Some(ours) = watch(self.instrumentation(), describe)? {
            self.set_instrumentation(ours);
        }
        Ok(())
    }

    /// Whether this connection is watched now.
    fn is_doctored(&mut self) -> bool {
        self.instrumentation().is::<DoctorInstrumentation>()
    }
}

impl<C: Connection> ConnectionExt for C {}

/// Describes the connection that has this instrumentation. If an instrumentation is returned, set it on the connection. This is for
/// adapters.
///
/// # Errors
/// When the connection has a foreign instrumentation.
pub fn watch(
    current: &mut dyn Instrumentation,
    describe: impl FnOnce(&mut Recorder),
) -> Result<Option<DoctorInstrumentation>, ForeignInstrumentation> {
    if let Some(ours) = current.downcast_mut::<DoctorInstrumentation>() {
        describe(ours.recorder());
        return Ok(None);
    }
    if !is_none(current) {
        return Err(ForeignInstrumentation(()));
    }
    let mut ours = DoctorInstrumentation::new();
    describe(ours.recorder());
    Ok(Some(ours))
}

/// The connection has a foreign instrumentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection has an instrumentation already: set DoctorInstrumentation::chain(yours) instead")]
pub struct ForeignInstrumentation(());

/// Whether this is Diesel's placeholder for no instrumentation. Its type is private. It has no size and lies inside the connection,
/// so its address is that of an object. A zero-sized instrumentation that somebody set is boxed, and its address is no object's.
fn is_none(instrumentation: &dyn Instrumentation) -> bool {
    const LOWEST_ADDRESS_OF_AN_OBJECT: usize = 4_096;
    size_of_val(instrumentation) == 0 && std::ptr::from_ref(instrumentation).addr() >= LOWEST_ADDRESS_OF_AN_OBJECT
}

/// The dialect of a Diesel backend, from the name of its type. So no backend has to be linked for it.
pub fn dialect_of<B>() -> Dialect {
    match type_name::<B>().rsplit("::").next() {
        Some("Pg") => Dialect::PostgreSql,
        Some("Mysql") => Dialect::MySql,
        Some("Sqlite") => Dialect::Sqlite,
        _ => Dialect::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::InstrumentationEvent;
    use diesel::sqlite::{Sqlite, SqliteConnection};

    use super::*;

    fn open() -> SqliteConnection {
        SqliteConnection::establish(":memory:").unwrap()
    }

    #[test]
    fn the_dialect_is_known_from_the_type() {
        assert_eq!(dialect_of::<Sqlite>(), Dialect::Sqlite);
        assert_eq!(dialect_of::<String>(), Dialect::Unknown);
    }

    #[test]
    fn a_bare_connection_can_be_watched_and_named_again() {
        let mut conn = open();
        assert!(!conn.is_doctored());
        assert_eq!(conn.doctor("first"), Ok(()));
        assert!(conn.is_doctored());
        assert_eq!(conn.doctor("second"), Ok(()));
    }

    #[test]
    fn a_foreign_instrumentation_is_never_replaced() {
        struct Counting(#[expect(dead_code, reason = "it only gives the type a size")] u64);
        impl Instrumentation for Counting {
            fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {}
        }

        let mut conn = open();
        conn.set_instrumentation(Counting(0));
        assert_eq!(conn.doctor("main"), Err(ForeignInstrumentation(())));
        assert!(conn.instrumentation().is::<Counting>());

        let mut conn = open();
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        assert_eq!(conn.doctor("main"), Err(ForeignInstrumentation(())), "also one without a size");
    }
}
