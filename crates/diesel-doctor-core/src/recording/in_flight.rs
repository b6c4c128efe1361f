//! Pairs the ends of one connection's queries with their starts. Diesel's events do not identify a query.
//!
//! A query counts when it starts. Its end is optional, because a cancelled query never ends.

use std::sync::Arc;
use std::time::Instant;

use diesel_doctor_analysis::Outcome;

use super::Slot;
use crate::doctor::counters::COUNTERS;
use crate::scope::ScopeState;

/// How many queries of one connection may be in flight. A pipeline has as many as the program joins; others are left over because
/// they never ended.
const MAX_IN_FLIGHT: usize = 1_024;

/// When this many later queries have ended before a query, it will not end: a connection answers in order, except for nested
/// queries. If more queries were in flight at once, that larger number is the limit.
const MAX_OVERTAKEN: usize = 64;

/// A scope that counted a query, and the query's place in its tables.
type Counted = (Arc<ScopeState>, Slot);

/// A query that started in a scope.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) sql_hash: u64,
    pub(super) started: Instant,
    /// How many queries that started later have ended before it.
    pub(super) overtaken: usize,
    pub(super) scope: Arc<ScopeState>,
    pub(super) slot: Option<Slot>,
    /// The scopes around that one; `None` when there are none.
    pub(super) outer: Option<Box<[Counted]>>,
}

impl Query {
    /// Tells the scopes that it ended.
    pub(super) fn finish(&self, now: Instant, outcome: Outcome) {
        let elapsed = now.saturating_duration_since(self.started);
        if let Some(slot) = self.slot {
            self.scope.finish(slot, elapsed, outcome);
        }
        for (scope, slot) in self.outer.iter().flatten() {
            scope.finish(*slot, elapsed, outcome);
        }
    }
}

/// The queries of one connection that have started and not ended.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    queries: Vec<Query>,
    /// The largest number of queries in flight at once, since there were none in flight.
    most: usize,
    /// Queries whose text was not read: those outside any scope, and those that Diesel could not build.
    unread: u32,
}

impl InFlight {
    /// Whether none of the queries in flight was read.
    #[inline]
    pub(super) fn has_none_read(&self) -> bool {
        self.queries.is_empty()
    }

    #[inline]
    pub(super) fn start(&mut self, query: Query) {
        if self.queries.len() >= MAX_IN_FLIGHT {
            self.queries.remove(0);
        }
        self.queries.push(query);
        self.most = if self.queries.len() == 1 { 1 } else { self.most.max(self.queries.len()) };
    }

    /// Takes out the only query in flight. With a single one its text need not be compared.
    #[inline]
    pub(super) fn take_only(&mut self) -> Option<Query> {
        if self.queries.len() == 1 && self.unread == 0 { self.queries.pop() } else { None }
    }

    /// Takes out the newest query with this text, preferably of this scope. Tasks of several scopes may share the connection, and a
    /// query's end arrives in the task that asked.
    pub(super) fn take(&mut self, sql_hash: u64, scope: Option<&Arc<ScopeState>>) -> Option<Query> {
        let same = |query: &Query| query.sql_hash == sql_hash;
        let own = |query: &Query| scope.is_some_and(|scope| Arc::ptr_eq(scope, &query.scope));
        let at = self.queries.iter().rposition(|query| same(query) && own(query));
        let at = at.or_else(|| if self.unread == 0 { self.queries.iter().rposition(same) } else { None })?;
        let query = self.queries.remove(at);
        // Queries that too many later ones have overtaken will never end.
        for overtaken in self.queries.iter_mut().take(at) {
            overtaken.overtaken += 1;
        }
        let most = self.most.max(MAX_OVERTAKEN);
        self.queries.retain(|query| query.overtaken <= most);
        Some(query)
    }

    #[inline]
    pub(super) fn start_unread(&mut self) {
        self.unread = self.unread.saturating_add(1);
    }

    #[inline]
    pub(super) fn finish_unread(&mut self) {
        match self.unread.checked_sub(1) {
            Some(unread) => self.unread = unread,
            None => COUNTERS.stray_finishes.add(1),
        }
    }

    /// Drops all queries in flight, because none of them will end.
    pub(super) fn give_up(&mut self) {
        self.queries.clear();
        self.unread = 0;
    }
}
