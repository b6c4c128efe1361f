//! What tells things apart in this process: hashes with secret keys, and the numbers of connections.

use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel_doctor_analysis::ConnectionId;
use foldhash::{fast, quality};

/// Hashes texts with a key of this process: equal texts have equal hashes in all readers of the process, and in no other.
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

/// Hashes the addresses of databases of which nothing may be shown.
pub(super) fn addresses() -> &'static quality::RandomState {
    static STATE: LazyLock<quality::RandomState> = LazyLock::new(quality::RandomState::default);
    &STATE
}

/// The number of the next connection.
pub(super) fn next_id() -> ConnectionId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ConnectionId::new(NEXT.fetch_add(1, Ordering::Relaxed))
}
