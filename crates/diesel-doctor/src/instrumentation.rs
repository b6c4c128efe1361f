//! Diesel's hook: turns its events into calls of the recorder, and passes them on to the user's own hook.

use std::cell::Cell;
use std::fmt;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_doctor_core::Recorder;

use crate::error_class::error_class;

/// Watches one connection.
///
/// [`install`](crate::install) gives one to every new connection, and [`doctor`](crate::ConnectionExt::doctor) to an existing one.
/// Set it by hand where neither fits. Use [`DoctorInstrumentation::chain`] when the connection has an instrumentation of yours:
///
/// ```
/// use diesel::connection::{Connection, InstrumentationEvent};
/// use diesel_doctor::DoctorInstrumentation;
///
/// # fn hook(conn: &mut diesel::sqlite::SqliteConnection) {
/// conn.set_instrumentation(DoctorInstrumentation::chain(|event: InstrumentationEvent<'_>| println!("{event:?}")));
/// # }
/// ```
pub struct DoctorInstrumentation {
    recorder: Recorder,
    inner: Option<Box<dyn Instrumentation>>,
}

impl fmt::Debug for DoctorInstrumentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoctorInstrumentation").field("connection", self.recorder.connection()).finish_non_exhaustive()
    }
}

impl Default for DoctorInstrumentation {
    fn default() -> Self {
        Self::new()
    }
}

impl DoctorInstrumentation {
    /// Watches the connection, without another instrumentation.
    pub fn new() -> Self {
        Self { recorder: Recorder::new(), inner: None }
    }

    /// Watches the connection, and passes every event on to `inner`, in order and unchanged. A panic in `inner` is not caught.
    pub fn chain(inner: impl Instrumentation) -> Self {
        Self::chain_boxed(Box::new(inner))
    }

    /// Like [`chain`](Self::chain), for an instrumentation that is already boxed, as your constructor returns it.
    pub fn chain_boxed(inner: Box<dyn Instrumentation>) -> Self {
        Self { recorder: Recorder::new(), inner: Some(inner) }
    }

    /// The recorder, for adapters that stamp connections.
    pub fn recorder(&mut self) -> &mut Recorder {
        &mut self.recorder
    }

    #[inline]
    fn observe(&mut self, event: &InstrumentationEvent<'_>) {
        let recorder = &mut self.recorder;
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => recorder.start_establish(url),
            InstrumentationEvent::FinishEstablishConnection { error, .. } => recorder.finish_establish(error.is_some()),
            InstrumentationEvent::StartQuery { query, .. } => recorder.start_query(query),
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                recorder.finish_query(query, error.map(error_class));
            }
            InstrumentationEvent::BeginTransaction { depth, .. } => recorder.begin_transaction(depth.get()),
            InstrumentationEvent::CommitTransaction { depth, .. }
            | InstrumentationEvent::RollbackTransaction { depth, .. } => {
                recorder.end_transaction(depth.get());
            }
            // When Diesel puts a statement into its cache, there is nothing that the query's start did not say.
            _ => {}
        }
    }
}

impl Instrumentation for DoctorInstrumentation {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let Some(inner) = &mut self.inner else {
            if !Forwarding::is_of(&event) {
                self.observe(&event);
            }
            return;
        };
        if Forwarding::is_of(&event) {
            return inner.on_connection_event(event);
        }
        // The borrow of `inner` above ends here, because `observe` needs all of `self`.
        self.observe(&event);
        if let Some(inner) = &mut self.inner {
            let _forwarding = Forwarding::of(&event);
            inner.on_connection_event(event);
        }
    }
}

thread_local! {
    static FORWARDED: Cell<Option<Identity>> = const { Cell::new(None) };
}

/// Marks an event as seen while it is passed on. A user's hook may contain one of ours, which must not count the event twice.
struct Forwarding {
    outer: Option<Identity>,
}

/// Identifies an event: its kind, and the address of its data or its content.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity(u8, usize);

impl Identity {
    fn of(event: &InstrumentationEvent<'_>) -> Self {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => Self(0, url.as_ptr().addr()),
            InstrumentationEvent::FinishEstablishConnection { url, .. } => Self(1, url.as_ptr().addr()),
            InstrumentationEvent::StartQuery { query, .. } => Self(2, std::ptr::from_ref(*query).addr()),
            InstrumentationEvent::FinishQuery { query, .. } => Self(3, std::ptr::from_ref(*query).addr()),
            InstrumentationEvent::BeginTransaction { depth, .. } => Self(4, depth.get() as usize),
            InstrumentationEvent::CommitTransaction { depth, .. } => Self(5, depth.get() as usize),
            InstrumentationEvent::RollbackTransaction { depth, .. } => Self(6, depth.get() as usize),
            _ => Self(u8::MAX, 0),
        }
    }
}

impl Forwarding {
    fn of(event: &InstrumentationEvent<'_>) -> Self {
        Self { outer: FORWARDED.try_with(|forwarded| forwarded.replace(Some(Identity::of(event)))).ok().flatten() }
    }

    fn is_of(event: &InstrumentationEvent<'_>) -> bool {
        FORWARDED.try_with(Cell::get).ok().flatten().is_some_and(|forwarded| forwarded == Identity::of(event))
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        let _ = FORWARDED.try_with(|forwarded| forwarded.set(self.outer));
    }
}
