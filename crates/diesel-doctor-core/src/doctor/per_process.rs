//! What each process has of its own, also after a fork.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Generations of forked processes that each get one of their own.
const GENERATIONS: usize = 8;

/// A value of the process. A forked child starts with a new one: in its parent's, a thread that the child does not have may have held a lock.
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    /// By the process's number: a child finds them taken and goes on to the next.
    slots: [(AtomicU32, OnceLock<T>); GENERATIONS],
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { slots: [const { (AtomicU32::new(0), OnceLock::new()) }; GENERATIONS] }
    }

    /// The value of this process, which is made if need be; `None` after too many forks.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> Option<&T> {
        let process = process::id();
        let (_, value) = self.slots.iter().find(|(owner, _)| {
            let claimed = owner.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
            claimed.is_ok() || claimed == Err(process)
        })?;
        Some(value.get_or_init(make))
    }

    /// The value of this process, if it was made.
    pub(crate) fn get(&self) -> Option<&T> {
        let process = process::id();
        let (_, value) = self.slots.iter().find(|(owner, _)| owner.load(Ordering::Relaxed) == process)?;
        value.get()
    }
}
