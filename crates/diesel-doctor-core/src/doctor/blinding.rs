//! Detects that other code replaced our instrumentation on an open connection.
//!
//! Diesel drops an instrumentation with its connection and also in `set_instrumentation`, without saying which. Only the call stack
//! of the drop differs. So the raw stack is kept, and resolved when the health or a report needs it. In a build without function
//! names, a replacement looks like the end of a connection.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel_doctor_analysis::ConnectionId;
use diesel_doctor_stack::{Boundary, capture, resolve};

use super::PerProcess;
use crate::closing::is_users;

/// A program drops connections at few places, a test binary in each of its tests. Distinct stacks beyond this many are not kept, until
/// somebody asks and those that are no replacements are let go.
const MAX_STACKS: usize = 1_024;

/// How many frames are captured. Between our drop and `set_instrumentation` there are only drop glue and boxes.
const FRAMES: usize = 24;

/// The stack of a drop.
type DropStack = [usize; FRAMES];

static DROPS: PerProcess<Mutex<Drops>> = PerProcess::new();

#[derive(Debug, Default)]
struct Drops {
    /// Stacks that are not resolved yet, and how often each was seen.
    undecided: Vec<(DropStack, u64)>,
    replacements: u64,
}

/// An instrumentation of ours that was dropped, with the stack of the drop.
#[derive(Clone, Debug)]
pub(crate) struct Dropped {
    stack: DropStack,
    /// Whether the recorder that may have taken its place has seen an event, where there is one.
    successor: Option<Awake>,
}

/// Whether a recorder has seen an event of its connection.
pub(crate) type Awake = Arc<AtomicBool>;

impl Dropped {
    /// Whether a connection has lost its instrumentation: it was replaced, and not by one that has seen an event since. One of ours that was made
    /// for another connection may look like the successor, as long as it has seen none.
    pub(crate) fn is_loss(&self) -> bool {
        let is_replaced_by_ours = self.successor.as_ref().is_some_and(|awake| awake.load(Ordering::Relaxed));
        !is_replaced_by_ours && is_replacement(&self.stack)
    }

    /// Whether it happened at the same place.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.stack == other.stack && self.successor.is_none() && other.successor.is_none()
    }
}

/// So many distinct stacks are kept for a thread.
const MAX_OF_THREAD: usize = 8;

thread_local! {
    /// The recorder that was created last on this thread, until it sees an event. It may be the one that replaces another.
    static FRESH: RefCell<Option<(ConnectionId, Awake)>> = const { RefCell::new(None) };
    /// Where instrumentations were dropped on this thread.
    static OF_THREAD: RefCell<Vec<Dropped>> = const { RefCell::new(Vec::new()) };
}

/// Notes that a recorder was created.
pub(crate) fn made(connection: ConnectionId) -> Awake {
    let awake = Awake::default();
    let _ = FRESH.try_with(|fresh| fresh.replace(Some((connection, Arc::clone(&awake)))));
    awake
}

/// Notes that a recorder saw its first event, or was dropped. It no longer counts as a possible replacement.
pub(crate) fn settled(connection: ConnectionId) {
    let _ = FRESH.try_with(|fresh| fresh.borrow_mut().take_if(|(fresh, _)| *fresh == connection));
}

/// Notes that a recorder which had seen events is dropped.
pub(crate) fn dropped() -> Option<Dropped> {
    let successor = FRESH.try_with(RefCell::take).ok().flatten().map(|(_, awake)| awake);
    let mut stack = [0; FRAMES];
    capture(&mut stack, Boundary::NONE);
    let dropped = Dropped { stack, successor };
    if dropped.successor.is_some() {
        return Some(dropped);
    }
    let _ = OF_THREAD.try_with(|of_thread| {
        let mut of_thread = of_thread.borrow_mut();
        if of_thread.len() < MAX_OF_THREAD && !of_thread.iter().any(|known| known.is_like(&dropped)) {
            of_thread.push(dropped.clone());
        }
    });
    let mut drops = drops()?;
    let room = drops.undecided.len() < MAX_STACKS;
    match drops.undecided.iter_mut().find(|(known, _)| *known == stack) {
        Some((_, count)) => *count += 1,
        None if room => drops.undecided.push((stack, 1)),
        None => {}
    }
    drop(drops);
    Some(dropped)
}

/// Where instrumentations were dropped on this thread so far: a scope that is opened here cannot see what those connections ask.
pub(crate) fn of_thread() -> Vec<Dropped> {
    OF_THREAD.try_with(|of_thread| of_thread.borrow().clone()).unwrap_or_default()
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

/// Whether the drop happened inside Diesel's `set_instrumentation`. In optimized builds with line tables a function that was inlined has its bare
/// name. Then its file tells whose it is.
fn is_replacement(stack: &DropStack) -> bool {
    stack.iter().take_while(|&&address| address != 0).any(|&address| {
        resolve(address).iter().any(|frame| {
            let Some(function) = frame.function() else { return false };
            let (path, _generics) =
                function.split_once("::<").filter(|(path, _)| !path.is_empty()).unwrap_or((function, ""));
            let is_bare = || path.split('<').next() == Some("set_instrumentation");
            path.ends_with("::set_instrumentation") || (is_bare() && frame.file().is_some_and(|file| !is_users(file)))
        })
    })
}
