//! Records what Diesel tells an instrumentation, in letters short enough to compare whole sequences.
//!
//! | letters | event |
//! |---|---|
//! | `S`, `C`, `F`, `F!` | a query starts, enters the statement cache, finishes, finishes with an error |
//! | `B1`, `K1`, `R1` | begin, commit, rollback of the transaction at that depth |
//! | `E`, `E.`, `E!` | a connection is being established, is established, could not be |

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::backend::Backend;
use diesel::connection::{Connection, Instrumentation, InstrumentationEvent};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Integer;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The letters that stand for it.
    pub letters: String,
    /// The query as Diesel prints it, with its binds; empty for events that have none.
    pub query: String,
}

/// The events of one connection, or of everything that shares the clones of this.
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    /// Records everything that the connection tells from now on.
    pub fn of(connection: &mut impl Connection) -> Self {
        let events = Self::default();
        connection.set_instrumentation(Recorder(events.clone()));
        events
    }

    /// Takes what was recorded, as letters with spaces between.
    pub fn letters(&self) -> String {
        self.take().into_iter().map(|event| event.letters).collect::<Vec<_>>().join(" ")
    }

    /// Takes what was recorded, and returns the texts of the queries that started.
    pub fn queries(&self) -> Vec<String> {
        self.take().into_iter().filter(|event| event.letters == "S").map(|event| event.query).collect()
    }

    /// Takes what was recorded.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

/// An instrumentation that only records.
#[derive(Clone, Debug)]
pub struct Recorder(Events);

impl Recorder {
    /// Records into `events`.
    pub fn new(events: &Events) -> Self {
        Self(events.clone())
    }
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.0.push(describe(&event));
    }
}

thread_local! {
    static OF_THREAD: RefCell<Option<Events>> = const { RefCell::new(None) };
}

/// Records what the connections tell that `work` establishes on this thread; the only way to see them being established.
///
/// Sets Diesel's process-wide default instrumentation.
///
/// # Panics
/// When Diesel refuses the default instrumentation.
pub fn establishing<T>(work: impl FnOnce() -> T) -> (T, Events) {
    struct OfThread;
    impl Instrumentation for OfThread {
        fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
            OF_THREAD.with_borrow(|events| events.iter().for_each(|events| events.push(describe(&event))));
        }
    }
    diesel::connection::set_default_instrumentation(|| Some(Box::new(OfThread))).expect("the default can be set");
    let events = Events::default();
    OF_THREAD.set(Some(events.clone()));
    let result = work();
    (result, events)
}

/// A bind that cannot be written.
#[derive(Clone, Copy, Debug, AsExpression)]
#[diesel(sql_type = Integer)]
pub struct Unwritable;

impl<DB: Backend> ToSql<Integer, DB> for Unwritable {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, DB>) -> serialize::Result {
        Err("cannot be written".into())
    }
}

/// The URL of the server that a test needs.
///
/// # Panics
/// When the variable is not set.
pub fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run the tests by `cargo xtask test`"))
}

fn describe(event: &InstrumentationEvent<'_>) -> Event {
    let (letters, query) = match event {
        InstrumentationEvent::StartQuery { query, .. } => ("S".to_owned(), printed(query)),
        InstrumentationEvent::CacheQuery { sql, .. } => ("C".to_owned(), (*sql).to_owned()),
        InstrumentationEvent::FinishQuery { query, error: None, .. } => ("F".to_owned(), printed(query)),
        InstrumentationEvent::FinishQuery { query, .. } => ("F!".to_owned(), printed(query)),
        InstrumentationEvent::BeginTransaction { depth, .. } => (format!("B{depth}"), String::new()),
        InstrumentationEvent::CommitTransaction { depth, .. } => (format!("K{depth}"), String::new()),
        InstrumentationEvent::RollbackTransaction { depth, .. } => (format!("R{depth}"), String::new()),
        InstrumentationEvent::StartEstablishConnection { .. } => ("E".to_owned(), String::new()),
        InstrumentationEvent::FinishEstablishConnection { error: None, .. } => ("E.".to_owned(), String::new()),
        InstrumentationEvent::FinishEstablishConnection { .. } => ("E!".to_owned(), String::new()),
        _ => ("?".to_owned(), String::new()),
    };
    Event { letters, query }
}

/// `to_string` would panic on a query that cannot be built.
fn printed(query: &dyn fmt::Display) -> String {
    let mut text = String::new();
    match write!(text, "{query}") {
        Ok(()) => text,
        Err(fmt::Error) => format!("{text}<not printable>"),
    }
}
