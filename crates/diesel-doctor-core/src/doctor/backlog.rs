//! Counts the reports of this process that are not yet made or sent.
//!
//! A forked child starts at zero, because its parent's worker threads do not exist in it.

use std::process;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

static PROCESS: AtomicU32 = AtomicU32::new(0);
static REPORTS: AtomicU64 = AtomicU64::new(0);

/// Counts one more report to be made or sent.
pub(crate) fn begin() {
    let (process, counted) = (process::id(), PROCESS.load(Ordering::Relaxed));
    let is_new =
        counted != process && PROCESS.compare_exchange(counted, process, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    if is_new {
        REPORTS.store(0, Ordering::Relaxed);
    }
    REPORTS.fetch_add(1, Ordering::Relaxed);
}

/// Counts one report as made or sent.
pub(crate) fn end() {
    REPORTS.fetch_sub(1, Ordering::Relaxed);
}

/// How many reports are still to be made or sent.
pub(crate) fn len() -> u64 {
    if PROCESS.load(Ordering::Relaxed) == process::id() { REPORTS.load(Ordering::Relaxed) } else { 0 }
}
