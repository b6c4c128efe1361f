//! The recorder of one connection. It pairs starts of queries with their ends and hands the queries to scopes.
//!
//! Diesel's events do not identify a query. An end belongs to the newest query in flight with the same text; when only one is in
//! flight, to that one. A query counts at its start: without an end it is unfinished, and an end without a start changes nothing.
//!
//! Outside any scope a query costs two checks of the thread's scopes and a counter. Its text is not read, and no clock is read.

use std::fmt::Display;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Instant;

use diesel_doctor_analysis::{
    CallSites, Connection, Database, Dialect, Driver, ErrorClass, Outcome, QueryKind, Trust, shielded,
};
use diesel_doctor_stack::{Boundary, capture};
use smallvec::SmallVec;

use super::Started;
use super::in_flight::{InFlight, Query};
use super::keys::{addresses, next_id};
use super::text::{Read, TextReader};
use crate::doctor::blinding::{self, Awake};
use crate::doctor::counters::COUNTERS;
use crate::scope::{ScopeHandle, ScopeState, ambient};

/// How many frames of a stack are kept. An async call in a dev build has about eighty.
const MAX_FRAMES: usize = 128;

/// The deepest level of savepoints that is told apart. Deeper ones count as this level.
const MAX_DEPTH: u32 = 64;

/// Records the queries of one connection. An adapter passes it the connection's events.
///
/// No method panics, does IO, or waits for work of another thread. After a panic of its own the recorder stops recording, and the
/// health says so.
#[derive(Debug)]
pub struct Recorder {
    connection: Connection,
    in_flight: InFlight,
    /// The open transactions, by number, the outermost first.
    open: SmallVec<[u32; 2]>,
    transactions: u32,
    stamp: Option<Weak<ScopeState>>,
    checking: bool,
    text: TextReader,
    stack: Box<[usize; MAX_FRAMES]>,
    life: Life,
    /// Whether it has seen an event.
    awake: Awake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// No event yet.
    Fresh,
    Watching,
    /// Stopped after a panic of our own.
    Silent,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder for a connection about which nothing is known yet.
    pub fn new() -> Self {
        let connection = Connection::new(next_id());
        let awake = blinding::made(connection.id);
        Self {
            connection,
            in_flight: InFlight::default(),
            open: SmallVec::new(),
            transactions: 0,
            stamp: None,
            checking: false,
            text: TextReader::default(),
            stack: Box::new([0; MAX_FRAMES]),
            life: Life::Fresh,
            awake,
        }
    }

    /// What is known about the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Gives the connection a name and, where it is known, a dialect. Inside a scope this proves that the connection is watched.
    pub fn describe(&mut self, name: &str, dialect: Dialect) {
        self.shielded(|recorder| {
            recorder.connection.name = Some(name.to_owned());
            // A connection type that covers several backends has no dialect of its own. Then the dialect of its address stays.
            if dialect != Dialect::Unknown {
                recorder.connection.dialect = dialect;
            }
            recorder.attach();
            touch(&recorder.connection);
        });
    }

    /// Sets how the connection runs its queries.
    pub fn set_driver(&mut self, driver: Driver) {
        self.connection.driver = driver;
    }

    /// Notes that the connection is being established.
    pub fn start_establish(&mut self, url: &str) {
        self.shielded(|recorder| {
            let database = Database::from_url(url, addresses());
            recorder.connection.dialect = database.dialect();
            recorder.connection.database = Some(database);
        });
    }

    /// Notes that the connection is established, or that it failed.
    pub fn finish_establish(&mut self, failed: bool) {
        self.shielded(|recorder| {
            if failed {
                COUNTERS.connections_failed.add(1);
            } else {
                recorder.attach();
                touch(&recorder.connection);
            }
        });
    }

    /// From now on, queries on threads without an entered scope belong to this scope, or to none.
    pub fn stamp(&mut self, scope: Option<&ScopeHandle>) {
        self.shielded(|recorder| {
            recorder.stamp = scope.map(ScopeHandle::downgrade);
            if let Some(scope) = recorder.stamp.as_ref().and_then(Weak::upgrade) {
                scope.with(|recording| recording.touch(&recorder.connection));
            }
        });
    }

    /// Notes that a pool hands the connection out. Queries on threads without an entered scope belong to this scope, or to none.
    pub fn check_out(&mut self, scope: Option<&ScopeHandle>) {
        self.shielded(|recorder| {
            recorder.open.clear();
            recorder.checking = false;
            recorder.in_flight.give_up();
        });
        self.stamp(scope);
    }

    /// Counts a connection that cannot be watched, because its instrumentation is foreign or cannot be reached.
    pub fn count_unwatched() {
        COUNTERS.unwatched.add(1);
    }

    /// Notes that the connection returned to its pool.
    pub fn check_in(&mut self) {
        self.shielded(|recorder| {
            recorder.stamp = None;
            recorder.checking = false;
        });
    }

    /// From now until [`Recorder::check_out`] or [`Recorder::check_in`], queries count as pings of a pool.
    pub fn start_check(&mut self) {
        self.checking = true;
    }

    /// Notes that a query starts. Printing the query runs user code.
    #[inline]
    pub fn start_query(&mut self, query: &dyn Display) {
        if self.life == Life::Watching && self.stamp.is_none() && !ambient::is_entered() {
            self.start_unread();
            // A pool's check belongs to no scope.
            if !self.checking {
                COUNTERS.unscoped.add(1);
            }
            return;
        }
        self.shielded(|recorder| recorder.start(query));
    }

    /// Notes that a query ended.
    #[inline]
    pub fn finish_query(&mut self, query: &dyn Display, error: Option<ErrorClass>) {
        if self.in_flight.has_none_read() {
            self.in_flight.finish_unread();
            return;
        }
        let now = Instant::now();
        self.shielded(|recorder| recorder.finish(now, query, error));
    }

    /// Notes that a transaction begins. Depth 1 is the outermost.
    pub fn begin_transaction(&mut self, depth: u32) {
        self.end_transaction(depth);
        self.transactions = self.transactions.wrapping_add(1).max(1);
        // Diesel sends no event when a transaction ends with a panic. So the start of an outer level may be missing here.
        while self.open.len() < depth.min(MAX_DEPTH) as usize {
            self.open.push(self.transactions);
        }
    }

    /// Notes that a transaction of this depth is being committed or rolled back.
    pub fn end_transaction(&mut self, depth: u32) {
        self.open.truncate(depth.saturating_sub(1) as usize);
    }

    fn start(&mut self, query: &dyn Display) {
        self.attach();
        let Some((scope, boundary)) = self.scope() else {
            self.start_unread();
            match (&self.stamp, self.checking) {
                // The scope that it was handed out to no longer exists.
                (Some(_), _) => COUNTERS.late.add(1),
                (None, true) => {}
                (None, false) => COUNTERS.unscoped.add(1),
            }
            return;
        };
        if scope.is_ignored() {
            COUNTERS.ignored.add(1);
            return self.start_unread();
        }
        self.give_up_if_sequential();
        let mut captured = self.capture(scope.doctor().call_sites(), boundary);
        let read = self.text.read(query, scope.doctor().bind_reading());
        let (binds, trust) = match read {
            Read::Whole { binds, trust } => (binds, trust),
            Read::BindsPanicked => {
                COUNTERS.shielded_panics.add(1);
                (0, Trust::Opaque)
            }
            Read::Unbuildable => {
                scope.with_each(|recording| recording.totals.unbuildable += 1);
                self.in_flight.start_unread();
                return;
            }
        };
        if scope.doctor().call_sites() == CallSites::Repeats && self.repeats(&scope) {
            captured = self.capture(CallSites::Always, boundary);
        }
        let started = Started {
            sql: self.text.sql(),
            sql_hash: self.text.sql_hash(),
            kind: self.checking.then_some(QueryKind::Ping),
            binds,
            trust,
            bind_panicked: read == Read::BindsPanicked,
            facts: self.text.facts(),
            connection: &self.connection,
            transaction_depth: self.open.len() as u32,
            transaction: self.open.last().copied().unwrap_or(0),
            stack: self.stack.get(..captured).unwrap_or_default(),
            at: Instant::now(),
        };
        let slot = scope.start(&started);
        if slot.is_none() {
            scope.count_late();
        }
        let outer = scope
            .has_around()
            .then(|| scope.around().filter_map(|around| around.start(&started).map(|slot| (around, slot))).collect());
        let sql_hash = self.text.sql_hash();
        // What was done here takes no time of the database's.
        let started = Instant::now();
        self.in_flight.start(Query { sql_hash, started, overtaken: 0, scope, slot, outer });
    }

    fn finish(&mut self, now: Instant, query: &dyn Display, error: Option<ErrorClass>) {
        let finished = self.in_flight.take_only().or_else(|| {
            let sql_hash = self.text.read_sql_hash(query)?;
            let scope = self.scope().map(|(scope, _)| scope);
            self.in_flight.take(sql_hash, scope.as_ref())
        });
        match finished {
            Some(query) => query.finish(now, error.map_or(Outcome::Ok, Outcome::Err)),
            None => self.in_flight.finish_unread(),
        }
    }

    fn start_unread(&mut self) {
        self.give_up_if_sequential();
        self.in_flight.start_unread();
    }

    /// SQLite answers queries one after another. So a query that is still in flight when the next one starts will never end.
    fn give_up_if_sequential(&mut self) {
        if self.connection.dialect == Dialect::Sqlite {
            self.in_flight.give_up();
        }
    }

    /// The scope of this connection's next query: the thread's, else the one that the connection was handed out to.
    fn scope(&self) -> Option<(Arc<ScopeState>, Boundary)> {
        ambient::current().or_else(|| Some((self.stamp.as_ref()?.upgrade()?, Boundary::NONE)))
    }

    /// Captures the stack if the setting is `Always`. Returns the number of frames.
    fn capture(&mut self, setting: CallSites, boundary: Boundary) -> usize {
        if setting != CallSites::Always {
            return 0;
        }
        let own = capture(&mut *self.stack, boundary).len;
        own.saturating_add(ambient::carried(self.stack.get_mut(own..).unwrap_or_default()))
    }

    /// Whether a text that begins like the last one already ran, in the scope or in one around it.
    fn repeats(&self, scope: &Arc<ScopeState>) -> bool {
        let mut repeats = false;
        scope.with_each(|recording| repeats = repeats || recording.has_seen(self.text.sql_hash(), self.text.sql()));
        repeats
    }

    /// Handles the first event of an established connection.
    fn attach(&mut self) {
        if self.life == Life::Fresh {
            self.life = Life::Watching;
            blinding::settled(self.connection.id);
            self.awake.store(true, Ordering::Relaxed);
            COUNTERS.connections.add(1);
        }
    }

    /// Runs a part of our code. A panic in it must not reach the query.
    #[inline]
    fn shielded(&mut self, part: impl FnOnce(&mut Self)) {
        if self.life == Life::Silent {
            return;
        }
        if shielded(|| part(self)).is_none() {
            COUNTERS.shielded_panics.add(1);
            COUNTERS.silenced.add(1);
            self.life = Life::Silent;
            self.in_flight.give_up();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.life != Life::Watching {
            return blinding::settled(self.connection.id);
        }
        self.shielded(|_| {
            let Some(dropped) = blinding::dropped() else { return };
            if let Some((scope, _)) = ambient::current() {
                scope.with_each(|recording| recording.note_drop(&dropped));
            }
        });
    }
}

/// Notes a connection in the scopes that the thread is in. It is evidence that they saw a watched connection.
fn touch(connection: &Connection) {
    if let Some((scope, _)) = ambient::current() {
        scope.with_each(|recording| {
            recording.touch(connection);
        });
    }
}
