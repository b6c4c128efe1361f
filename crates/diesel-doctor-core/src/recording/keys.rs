//! Identifies things in this process: hashes with secret keys, and numbers for connections.

use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel_doctor_analysis::ConnectionId;
use foldhash::{fast, quality};

/// Hashes texts with a secret key of this process. Equal texts have equal hashes everywhere in the process, but not in another one.
#[derive(Clone, Debug)]
pub(super) struct TextHasher(pub(super) fast::RandomState);

impl Default for TextHasher {
    fn default() -> Self {
        static STATE: LazyLock<fast::RandomState> = LazyLock::new(fast::RandomState::default);
        Self(STATE.clone())
    }
}

impl TextHasher {
    #[inline]
    pub(super) fn hash(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// The hasher for database addresses that must not be shown.
pub(super) fn addresses() -> &'static quality::RandomState {
    static STATE: LazyLock<quality::RandomState> = LazyLock::new(quality::RandomState::default);
    &STATE
}

/// Returns the number for the next connection.
pub(super) fn next_id() -> ConnectionId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ConnectionId::new(NEXT.fetch_add(1, Ordering::Relaxed))
}
