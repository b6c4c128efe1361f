//! Which scopes the current thread is in.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use diesel_doctor_stack::Boundary;

use super::state::ScopeState;

thread_local! {
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(0) };
}

struct Entry {
    token: u64,
    scope: Arc<ScopeState>,
    boundary: Boundary,
    /// The callers' stack, where the scope was entered for another thread.
    carried: Option<Arc<[usize]>>,
    /// By a future that is being polled or dropped.
    by_task: bool,
}

/// Makes a scope the thread's innermost; what is returned takes it out again.
pub(crate) fn enter(scope: Arc<ScopeState>, boundary: Boundary, carried: Option<Arc<[usize]>>) -> u64 {
    push(scope, boundary, carried, false)
}

/// Makes a scope the thread's innermost while a future of it is polled or dropped.
pub(crate) fn enter_task(scope: Arc<ScopeState>, boundary: Boundary) -> u64 {
    push(scope, boundary, None, true)
}

fn push(scope: Arc<ScopeState>, boundary: Boundary, carried: Option<Arc<[usize]>>, by_task: bool) -> u64 {
    let token = NEXT_TOKEN.try_with(|next| {
        next.set(next.get().wrapping_add(1));
        next.get()
    });
    // On a thread that is being torn down nothing can be entered, and nothing is left to leave.
    let token = token.unwrap_or_default();
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Entry { token, scope, boundary, carried, by_task }));
    token
}

/// Takes a scope out, also when others were entered after it and are still there.
pub(crate) fn leave(token: u64) {
    // The scope is dropped outside the borrow: its last handle may close something.
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        entered.iter().rposition(|entry| entry.token == token).map(|at| entered.remove(at))
    });
    drop(left);
}

/// Takes a future's scope out, and those that were entered after it and are still there: they come back, the outermost first.
pub(crate) fn leave_task(token: u64) -> Vec<Arc<ScopeState>> {
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let at = entered.iter().rposition(|entry| entry.token == token);
        at.map(|at| entered.split_off(at))
    });
    let left = left.ok().flatten().unwrap_or_default();
    left.into_iter().skip(1).map(|entry| entry.scope).collect()
}

/// Whether a future is being polled or dropped inside its scope on this thread.
pub(crate) fn in_task() -> bool {
    ENTERED.try_with(|entered| entered.borrow().iter().any(|entry| entry.by_task)).unwrap_or(false)
}

/// Writes the stack of the callers on another thread, as far as it fits, and returns how much.
pub(crate) fn carried(buffer: &mut [usize]) -> usize {
    let copied = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        let stack = entered.first()?.carried.as_ref()?;
        let written = buffer.iter_mut().zip(stack.iter()).map(|(slot, address)| *slot = *address);
        Some(written.count())
    });
    copied.ok().flatten().unwrap_or(0)
}

/// The innermost scope of the thread, with the boundary of its outermost one: call stacks are walked that far.
pub(crate) fn current() -> Option<(Arc<ScopeState>, Boundary)> {
    ENTERED
        .try_with(|entered| {
            let entered = entered.borrow();
            let boundary = entered.first()?.boundary;
            entered.last().map(|entry| (Arc::clone(&entry.scope), boundary))
        })
        .ok()
        .flatten()
}

/// Whether the thread is in any scope.
#[inline]
pub(crate) fn is_entered() -> bool {
    ENTERED.try_with(|entered| !entered.borrow().is_empty()).unwrap_or(false)
}

/// How many scopes the current thread is in. An adapter compares it before and after running foreign code.
pub fn entered_depth() -> usize {
    ENTERED.try_with(|entered| entered.borrow().len()).unwrap_or_default()
}
