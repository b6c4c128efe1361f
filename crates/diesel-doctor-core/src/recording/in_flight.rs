//! Pairs the finishes of one connection with its starts. Nothing in Diesel's events identifies a query.
//!
//! A start counts, a finish is optional: a cancelled query never finishes.

use std::sync::Arc;
use std::time::Instant;

use diesel_doctor_analysis::Outcome;

use super::Slot;
use crate::doctor::counters::COUNTERS;
use crate::scope::ScopeState;

/// Queries in flight on one connection. A pipeline has as many as the program joins; others are left over from queries that never finish.
const MAX_IN_FLIGHT: usize = 1_024;

/// A query that so many later ones have overtaken will not finish, unless as many were in flight at once: a connection answers in order
/// but for what is nested.
const MAX_OVERTAKEN: usize = 64;

/// A scope that counted a query, and where it keeps it.
type Counted = (Arc<ScopeState>, Slot);

/// A query that started in a scope.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) sql_hash: u64,
    pub(super) started: Instant,
    /// How many that started after it have finished before it.
    pub(super) overtaken: usize,
    pub(super) scope: Arc<ScopeState>,
    pub(super) slot: Option<Slot>,
    /// The scopes around that one, if there are any.
    pub(super) outer: Option<Box<[Counted]>>,
}

impl Query {
    /// Tells the scopes that it finished.
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

/// The queries of one connection that have started and not finished.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    queries: Vec<Query>,
    /// How many were in flight at once, since there was none.
    most: usize,
    /// Queries whose text was not read: outside any scope, or such as cannot be built.
    unread: u32,
}

impl InFlight {
    /// Whether no query in flight was read.
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

    /// Takes out the only query in flight, which needs no text to be told.
    #[inline]
    pub(super) fn take_only(&mut self) -> Option<Query> {
        if self.queries.len() == 1 && self.unread == 0 { self.queries.pop() } else { None }
    }

    /// Takes out the newest query of this text: the one of this scope, because tasks of several scopes may share the connection, and the end
    /// is seen in the task that asked.
    pub(super) fn take(&mut self, sql_hash: u64, scope: Option<&Arc<ScopeState>>) -> Option<Query> {
        let same = |query: &Query| query.sql_hash == sql_hash;
        let own = |query: &Query| scope.is_some_and(|scope| Arc::ptr_eq(scope, &query.scope));
        let at = self.queries.iter().rposition(|query| same(query) && own(query));
        let at = at.or_else(|| if self.unread == 0 { self.queries.iter().rposition(same) } else { None })?;
        let query = self.queries.remove(at);
        // Those that so many have overtaken will never finish.
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

    /// None of them will finish.
    pub(super) fn give_up(&mut self) {
        self.queries.clear();
        self.unread = 0;
    }
}
