//! Noticing that somebody replaced our instrumentation on a living connection.
//!
//! Diesel drops an instrumentation both with its connection and in `set_instrumentation`, and tells neither. Only the call stack of the
//! drop differs, so it is kept, raw, and looked at when somebody asks. Without function names in the build a replacement looks like the
//! end of a connection.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel_doctor_analysis::ConnectionId;
use diesel_doctor_stack::{Boundary, capture, resolve};

use super::PerProcess;

/// A program drops connections at few places, a test binary in each of its tests. Distinct stacks beyond this many are not kept, until
/// somebody asks and those that are no replacements are let go.
const MAX_STACKS: usize = 1_024;

/// From our drop to `set_instrumentation` lie only drop glue and boxes.
const FRAMES: usize = 24;

/// The stack of a drop.
pub(crate) type DropStack = [usize; FRAMES];

static DROPS: PerProcess<Mutex<Drops>> = PerProcess::new();

#[derive(Debug, Default)]
struct Drops {
    /// Stacks at which nobody has looked yet, and how often each was seen.
    undecided: Vec<(DropStack, u64)>,
    replacements: u64,
}

thread_local! {
    /// The recorder that was made last on this thread, as long as it has seen no event: it may be the one that replaces another.
    static FRESH: Cell<Option<ConnectionId>> = const { Cell::new(None) };
}

/// A recorder was made outside a connection's establishing.
pub(crate) fn made(connection: ConnectionId) {
    let _ = FRESH.try_with(|fresh| fresh.set(Some(connection)));
}

/// A recorder saw its first event, or is gone: it is no replacement any more.
pub(crate) fn settled(connection: ConnectionId) {
    let _ = FRESH.try_with(|fresh| {
        if fresh.get() == Some(connection) {
            fresh.set(None);
        }
    });
}

/// A recorder that had seen events is dropped. Returns the stack when it may be a replacement by a stranger.
pub(crate) fn dropped() -> Option<DropStack> {
    let replaced_by_ours = FRESH.try_with(Cell::take).ok().flatten().is_some();
    if replaced_by_ours {
        return None;
    }
    let mut stack = [0; FRAMES];
    capture(&mut stack, Boundary::NONE);
    let mut drops = drops()?;
    let room = drops.undecided.len() < MAX_STACKS;
    match drops.undecided.iter_mut().find(|(known, _)| *known == stack) {
        Some((_, count)) => *count += 1,
        None if room => drops.undecided.push((stack, 1)),
        None => {}
    }
    Some(stack)
}

/// How many of the drops were replacements.
pub(crate) fn replaced() -> u64 {
    // Symbols are looked up outside the lock: connections end meanwhile.
    let Some(undecided) = drops().map(|drops| drops.undecided.clone()) else { return 0 };
    let decided = undecided.iter().map(|(stack, _)| (*stack, is_replacement(stack))).collect::<Vec<_>>();
    let Some(mut drops) = drops() else { return 0 };
    for (stack, is_replacement) in decided {
        // Another thread that asks may have been faster.
        if let Some(at) = drops.undecided.iter().position(|(known, _)| *known == stack) {
            let (_, count) = drops.undecided.swap_remove(at);
            drops.replacements += if is_replacement { count } else { 0 };
        }
    }
    drops.replacements
}

/// Those of this process; `None` after too many forks.
fn drops() -> Option<MutexGuard<'static, Drops>> {
    Some(DROPS.get_or_init(Mutex::default)?.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether the drop happened inside Diesel's `set_instrumentation`.
pub(crate) fn is_replacement(stack: &DropStack) -> bool {
    stack.iter().take_while(|&&address| address != 0).any(|&address| {
        resolve(address).iter().filter_map(|frame| frame.function()).any(|function| {
            let (path, _generics) =
                function.split_once("::<").filter(|(path, _)| !path.is_empty()).unwrap_or((function, ""));
            path.ends_with("::set_instrumentation")
        })
    })
}
