//! The counters of the process: relaxed atomics, each on its own cache line, never reset.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of the process.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) connections: Counter,
    pub(crate) connections_failed: Counter,
    pub(crate) unscoped: Counter,
    pub(crate) ignored: Counter,
    pub(crate) late: Counter,
    pub(crate) dropped: Counter,
    pub(crate) not_parsed: Counter,
    pub(crate) shielded_panics: Counter,
    pub(crate) silenced: Counter,
    pub(crate) reports_lost: Counter,
    pub(crate) stray_finishes: Counter,
    pub(crate) held_guards: Counter,
    pub(crate) unwatched: Counter,
    pub(crate) not_analysed: Counter,
    pub(crate) not_reported: Counter,
    pub(crate) reports_inside: Counter,
}

pub(crate) static COUNTERS: Counters = Counters {
    connections: Counter::new(),
    connections_failed: Counter::new(),
    unscoped: Counter::new(),
    ignored: Counter::new(),
    late: Counter::new(),
    dropped: Counter::new(),
    not_parsed: Counter::new(),
    shielded_panics: Counter::new(),
    silenced: Counter::new(),
    reports_lost: Counter::new(),
    stray_finishes: Counter::new(),
    held_guards: Counter::new(),
    unwatched: Counter::new(),
    not_analysed: Counter::new(),
    not_reported: Counter::new(),
    reports_inside: Counter::new(),
};
