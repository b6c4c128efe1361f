//! Detects that other code replaced our instrumentation on an open connection.
//!
//! Diesel drops an instrumentation with its connection and also in `set_instrumentation`, without saying which. Only the call stack
//! of the drop differs. So the raw stack is kept, and resolved when the health or a report needs it. In a build without function
//! names, a replacement looks like the end of a connection.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel_doctor_analysis::ConnectionId;
use diesel_doctor_stack::{Boundary, capture, resolve};

use super::PerProcess;

/// A program drops connections at few places, a test binary in each of its tests. Distinct stacks beyond this many are not kept, until
/// somebody asks and those that are no replacements are let go.
const MAX_STACKS: usize = 1_024;

/// How many frames are captured. Between our drop and `set_instrumentation` there are only drop glue and boxes.
const FRAMES: usize = 24;

/// The stack of a drop.
pub(crate) type DropStack = [usize; FRAMES];

static DROPS: PerProcess<Mutex<Drops>> = PerProcess::new();

#[derive(Debug, Default)]
struct Drops {
    /// Stacks that are not resolved yet, and how often each was seen.
    undecided: Vec<(DropStack, u64)>,
    replacements: u64,
}

thread_local! {
    /// The recorder that was created last on this thread, until it sees an event. It may be the one that replaces another.
    static FRESH: Cell<Option<ConnectionId>> = const { Cell::new(None) };
}

/// Notes that a recorder was created.
pub(crate) fn made(connection: ConnectionId) {
    let _ = FRESH.try_with(|fresh| fresh.set(Some(connection)));
}

/// Notes that a recorder saw its first event, or was dropped. It no longer counts as a possible replacement.
pub(crate) fn settled(connection: ConnectionId) {
    let _ = FRESH.try_with(|fresh| {
        if fresh.get() == Some(connection) {
            fresh.set(None);
        }
    });
}

/// Notes that a recorder which had seen events is dropped. Returns the stack when foreign code may have replaced it.
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

/// How many of the drops so far were replacements.
pub(crate) fn replaced() -> u64 {
    // Symbols are looked up outside the lock: connections end meanwhile.
    let Some(undecided) = drops().map(|drops| drops.undecided.clone()) else { return 0 };
    let decided = undecided.iter().map(|(stack, _)| (*stack, is_replacement(stack))).collect::<Vec<_>>();
    let Some(mut drops) = drops() else { return 0 };
    for (stack, is_replacement) in decided {
        // Another thread may have resolved the same stack in the meantime.
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
