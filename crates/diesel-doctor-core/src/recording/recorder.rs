//! The recorder of one connection: pairs starts with finishes and hands queries to scopes.
//!
//! Nothing identifies a query in Diesel's events. A finish belongs to the newest query in flight with the same text; where only one is
//! in flight, to that. Counting happens at the start, so a missing finish leaves a query unfinished, and a stray one changes nothing.
//!
//! Outside any scope a query costs two looks at the thread's scopes and a counter: no text is read, no clock is asked.

use std::fmt::Display;
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
use crate::doctor::blinding;
use crate::doctor::counters::COUNTERS;
use crate::scope::{ScopeHandle, ScopeState, ambient};

/// Frames of a stack that are kept. An async call in a dev build has about eighty.
const MAX_FRAMES: usize = 128;

/// Savepoints deeper than this are told as this deep.
const MAX_DEPTH: u32 = 64;

/// Records the queries of one connection. An adapter feeds it with the connection's events.
///
/// No method panics, blocks on another thread's work, or does IO. After a panic of its own it goes silent, and the health says so.
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// No event yet.
    Fresh,
    Watching,
    /// A panic of ours.
    Silent,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder for a connection of which nothing is known yet.
    pub fn new() -> Self {
        let connection = Connection::new(next_id());
        blinding::made(connection.id);
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
        }
    }

    /// What is known of the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Gives the connection a name and, where it is known, a dialect. Inside a scope this is evidence that the connection is watched.
    pub fn describe(&mut self, name: &str, dialect: Dialect) {
        self.shielded(|recorder| {
            recorder.connection.name = Some(name.to_owned());
            // A connection that is one of several kinds does not tell which, but its address did.
            if dialect != Dialect::Unknown {
                recorder.connection.dialect = dialect;
            }
            recorder.attach();
            touch(&recorder.connection);
        });
    }

    /// Says how the connection runs its queries.
    pub fn set_driver(&mut self, driver: Driver) {
        self.connection.driver = driver;
    }

    /// The connection is being established.
    pub fn start_establish(&mut self, url: &str) {
        self.shielded(|recorder| {
            let database = Database::from_url(url, addresses());
            recorder.connection.dialect = database.dialect();
            recorder.connection.database = Some(database);
        });
    }

    /// The connection is established, or could not be.
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

    /// From now on queries belong to this scope where no other is entered, or to none.
    pub fn stamp(&mut self, scope: Option<&ScopeHandle>) {
        self.shielded(|recorder| {
            recorder.stamp = scope.map(ScopeHandle::downgrade);
            if let Some(scope) = recorder.stamp.as_ref().and_then(Weak::upgrade) {
                scope.with(|recording| recording.touch(&recorder.connection));
            }
        });
    }

    /// A pool hands the connection out: its queries belong to this scope where no other is entered, or to none.
    pub fn check_out(&mut self, scope: Option<&ScopeHandle>) {
        self.shielded(|recorder| {
            recorder.open.clear();
            recorder.checking = false;
            recorder.in_flight.give_up();
        });
        self.stamp(scope);
    }

    /// Counts a connection that cannot be watched: its instrumentation is somebody else's, or cannot be reached.
    pub fn count_unwatched() {
        COUNTERS.unwatched.add(1);
    }

    /// A pool takes the connection back.
    pub fn check_in(&mut self) {
        self.shielded(|recorder| {
            recorder.stamp = None;
            recorder.checking = false;
        });
    }

    /// Until [`Recorder::check_out`] or [`Recorder::check_in`], queries are a pool's pings.
    pub fn start_check(&mut self) {
        self.checking = true;
    }

    /// A query starts. User code runs while it is printed.
    #[inline]
    pub fn start_query(&mut self, query: &dyn Display) {
        if self.life == Life::Watching && self.stamp.is_none() && !ambient::is_entered() {
            self.start_unread();
            // A pool's check is nobody's.
            if !self.checking {
                COUNTERS.unscoped.add(1);
            }
            return;
        }
        self.shielded(|recorder| recorder.start(query));
    }

    /// A query ends.
    #[inline]
    pub fn finish_query(&mut self, query: &dyn Display, error: Option<ErrorClass>) {
        if self.in_flight.has_none_read() {
            self.in_flight.finish_unread();
            return;
        }
        let now = Instant::now();
        self.shielded(|recorder| recorder.finish(now, query, error));
    }

    /// A transaction begins; 1 is the outermost.
    pub fn begin_transaction(&mut self, depth: u32) {
        self.end_transaction(depth);
        self.transactions = self.transactions.wrapping_add(1).max(1);
        // Diesel sends no event when a transaction ends with a panic: depths in between may never have been seen to begin.
        while self.open.len() < depth.min(MAX_DEPTH) as usize {
            self.open.push(self.transactions);
        }
    }

    /// A transaction of this depth is being committed or rolled back.
    pub fn end_transaction(&mut self, depth: u32) {
        self.open.truncate(depth.saturating_sub(1) as usize);
    }

    fn start(&mut self, query: &dyn Display) {
        self.attach();
        let Some((scope, boundary)) = self.scope() else {
            self.start_unread();
            match (&self.stamp, self.checking) {
                // The scope of its checkout is gone.
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
        let read = self.text.read(query);
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
        let now = Instant::now();
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
            at: now,
        };
        let slot = scope.start(&started);
        if slot.is_none() {
            scope.count_late();
        }
        let outer = scope
            .has_around()
            .then(|| scope.around().filter_map(|around| around.start(&started).map(|slot| (around, slot))).collect());
        let sql_hash = self.text.sql_hash();
        self.in_flight.start(Query { sql_hash, started: now, overtaken: 0, scope, slot, outer });
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

    /// SQLite answers one query after the other: what is still in flight when the next one starts will never finish.
    fn give_up_if_sequential(&mut self) {
        if self.connection.dialect == Dialect::Sqlite {
            self.in_flight.give_up();
        }
    }

    /// The scope that a query of this connection belongs to: the thread's, else the one it was handed out to.
    fn scope(&self) -> Option<(Arc<ScopeState>, Boundary)> {
        ambient::current().or_else(|| Some((self.stamp.as_ref()?.upgrade()?, Boundary::NONE)))
    }

    /// Captures the stack when the setting says so without further ado; returns how many frames.
    fn capture(&mut self, setting: CallSites, boundary: Boundary) -> usize {
        if setting != CallSites::Always {
            return 0;
        }
        let own = capture(&mut *self.stack, boundary).len;
        own.saturating_add(ambient::carried(self.stack.get_mut(own..).unwrap_or_default()))
    }

    /// Whether a text like the one that was just read ran before, in the scope or in one around it.
    fn repeats(&self, scope: &Arc<ScopeState>) -> bool {
        let mut repeats = false;
        scope.with_each(|recording| repeats = repeats || recording.has_seen(self.text.sql_hash(), self.text.sql()));
        repeats
    }

    /// The first event of a connection that is there.
    fn attach(&mut self) {
        if self.life == Life::Fresh {
            self.life = Life::Watching;
            blinding::settled(self.connection.id);
            COUNTERS.connections.add(1);
        }
    }

    /// Runs a part of ours: a panic in it must not reach the query.
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
            let Some(stack) = blinding::dropped() else { return };
            if let Some((scope, _)) = ambient::current() {
                scope.with_each(|recording| recording.note_drop(stack));
            }
        });
    }
}

/// Takes note of a connection in the scopes that the thread is in: it is evidence that they were not blind.
fn touch(connection: &Connection) {
    if let Some((scope, _)) = ambient::current() {
        scope.with_each(|recording| {
            recording.touch(connection);
        });
    }
}
