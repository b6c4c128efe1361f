//! The recorder of one connection: pairs starts with finishes and hands queries to scopes.
//!
//! Nothing identifies a query in Diesel's events. A finish belongs to the newest query in flight with the same text; where only one is
//! in flight, to that. Counting happens at the start, so a missing finish leaves a query unfinished, and a stray one changes nothing.
//!
//! Outside any scope a query costs two looks at the thread's scopes and a counter: no text is read, no clock is asked.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Instant;

use diesel_doctor_sql::Dialect;
use diesel_doctor_stack::{Boundary, capture};
use smallvec::SmallVec;

use crate::ambient;
use crate::blinding;
use crate::connection::{Connection, Database, Driver};
use crate::doctor::CallSites;
use crate::health::COUNTERS;
use crate::query::{ErrorClass, Outcome, QueryKind, Trust};
use crate::recording::{Slot, Started};
use crate::scope::{self, Inner, ScopeHandle};
use crate::text::{Read, TextReader};

/// Frames of a stack that are kept. An async call in a dev build has about eighty.
const MAX_FRAMES: usize = 128;

/// Queries in flight on one connection. A pipeline has as many as the program joins; others are left over from queries that never finish.
const MAX_IN_FLIGHT: usize = 1_024;

/// A query that so many later ones have overtaken will not finish, unless as many were in flight at once: a connection answers in order
/// but for what is nested.
const MAX_OVERTAKEN: usize = 64;

/// Savepoints deeper than this are told as this deep.
const MAX_DEPTH: u32 = 64;

/// Records the queries of one connection. An adapter feeds it with the connection's events.
///
/// No method panics, blocks on another thread's work, or does IO. After a panic of its own it goes silent, and the health says so.
#[derive(Debug)]
pub struct Recorder {
    connection: Connection,
    in_flight: Vec<InFlight>,
    /// How many were in flight at once, since there was none.
    most_in_flight: usize,
    /// Queries in flight whose text was not read: outside any scope, or such as cannot be built.
    unread: u32,
    /// The open transactions, by number, the outermost first.
    open: SmallVec<[u32; 2]>,
    transactions: u32,
    stamp: Option<Weak<Inner>>,
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

/// A scope that counted a query, and where it keeps it.
type Counted = (Arc<Inner>, Slot);

/// A query that started in a scope.
#[derive(Debug)]
struct InFlight {
    sql_hash: u64,
    started: Instant,
    /// How many that started after it have finished before it.
    overtaken: usize,
    scope: Arc<Inner>,
    slot: Option<Slot>,
    /// The scopes around that one, if there are any.
    outer: Option<Box<[Counted]>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder for a connection of which nothing is known yet.
    pub fn new() -> Self {
        let connection = Connection::unknown();
        blinding::made(connection.id);
        Self {
            connection,
            in_flight: Vec::new(),
            most_in_flight: 0,
            unread: 0,
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
            scope::touch(&recorder.connection);
        });
    }

    /// Says how the connection runs its queries.
    pub fn set_driver(&mut self, driver: Driver) {
        self.connection.driver = driver;
    }

    /// The connection is being established.
    pub fn start_establish(&mut self, url: &str) {
        self.shielded(|recorder| {
            let database = Database::from_url(url);
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
                scope::touch(&recorder.connection);
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
            recorder.give_up();
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
        if self.in_flight.is_empty() {
            self.finish_unread();
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
                each(&scope, |inner| {
                    inner.with(|recording| recording.totals.unbuildable += 1);
                });
                self.unread = self.unread.saturating_add(1);
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
        let outer = scope.parent().map(|parent| {
            let mut outer = Vec::new();
            each(parent, |inner| outer.extend(inner.start(&started).map(|slot| (Arc::clone(inner), slot))));
            outer.into()
        });
        if self.in_flight.len() >= MAX_IN_FLIGHT {
            self.in_flight.remove(0);
        }
        let sql_hash = self.text.sql_hash();
        self.in_flight.push(InFlight { sql_hash, started: now, overtaken: 0, scope, slot, outer });
        self.most_in_flight = if self.in_flight.len() == 1 { 1 } else { self.most_in_flight.max(self.in_flight.len()) };
    }

    fn finish(&mut self, now: Instant, query: &dyn Display, error: Option<ErrorClass>) {
        let entry = if self.in_flight.len() == 1 && self.unread == 0 {
            self.in_flight.pop()
        } else {
            let sql_hash = self.text.read_sql_hash(query);
            let same = |entry: &InFlight| Some(entry.sql_hash) == sql_hash;
            // Tasks of several scopes may share the connection: the end is seen in the task that asked.
            let scope = self.scope().map(|(scope, _)| scope);
            let own = |entry: &InFlight| scope.as_ref().is_some_and(|scope| Arc::ptr_eq(scope, &entry.scope));
            let at = self.in_flight.iter().rposition(|entry| same(entry) && own(entry));
            let at = at.or_else(|| if self.unread == 0 { self.in_flight.iter().rposition(same) } else { None });
            at.map(|at| self.take(at))
        };
        let Some(entry) = entry else { return self.finish_unread() };
        let elapsed = now.saturating_duration_since(entry.started);
        let outcome = error.map_or(Outcome::Ok, Outcome::Err);
        if let Some(slot) = entry.slot {
            entry.scope.finish(slot, elapsed, outcome);
        }
        for (scope, slot) in entry.outer.iter().flatten() {
            scope.finish(*slot, elapsed, outcome);
        }
    }

    /// Takes out the query that finished, and those that so many have overtaken that they will never finish.
    fn take(&mut self, at: usize) -> InFlight {
        let entry = self.in_flight.remove(at);
        for overtaken in self.in_flight.iter_mut().take(at) {
            overtaken.overtaken += 1;
        }
        let most = self.most_in_flight.max(MAX_OVERTAKEN);
        self.in_flight.retain(|entry| entry.overtaken <= most);
        entry
    }

    fn start_unread(&mut self) {
        self.give_up_if_sequential();
        self.unread = self.unread.saturating_add(1);
    }

    fn finish_unread(&mut self) {
        match self.unread.checked_sub(1) {
            Some(unread) => self.unread = unread,
            None => COUNTERS.stray_finishes.add(1),
        }
    }

    /// SQLite answers one query after the other: what is still in flight when the next one starts will never finish.
    fn give_up_if_sequential(&mut self) {
        if self.connection.dialect == Dialect::Sqlite {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.in_flight.clear();
        self.unread = 0;
    }

    /// The scope that a query of this connection belongs to: the thread's, else the one it was handed out to.
    fn scope(&self) -> Option<(Arc<Inner>, Boundary)> {
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
    fn repeats(&self, scope: &Arc<Inner>) -> bool {
        let mut repeats = false;
        each(scope, |inner| {
            let seen = || inner.with(|recording| recording.has_seen(self.text.sql_hash(), self.text.sql()));
            repeats = repeats || seen().unwrap_or(false);
        });
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
        if catch_unwind(AssertUnwindSafe(|| part(self))).is_err() {
            COUNTERS.shielded_panics.add(1);
            COUNTERS.silenced.add(1);
            self.life = Life::Silent;
            self.give_up();
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
                each(&scope, |inner| {
                    inner.with(|recording| recording.note_drop(stack));
                });
            }
        });
    }
}

/// Does something for a scope and every scope around it.
fn each(scope: &Arc<Inner>, mut f: impl FnMut(&Arc<Inner>)) {
    let mut next = Some(scope);
    while let Some(inner) = next {
        f(inner);
        next = inner.parent();
    }
}
