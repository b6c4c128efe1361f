//! Knows which scopes the current thread is in.

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
    /// The callers' stack, where the scope was entered on behalf of another thread.
    carried: Option<Arc<[usize]>>,
    /// Whether a future entered it that is being polled or dropped.
    by_task: bool,
}

/// Makes a scope the thread's innermost. The returned token is for `leave`.
pub(crate) fn enter(scope: Arc<ScopeState>, boundary: Boundary, carried: Option<Arc<[usize]>>) -> u64 {
    push(scope, boundary, carried, false)
}

/// Makes a scope the thread's innermost while a future is polled or dropped inside it.
pub(crate) fn enter_task(scope: Arc<ScopeState>, boundary: Boundary) -> u64 {
    push(scope, boundary, None, true)
}

fn push(scope: Arc<ScopeState>, boundary: Boundary, carried: Option<Arc<[usize]>>, by_task: bool) -> u64 {
    let token = NEXT_TOKEN.try_with(|next| {
        next.set(next.get().wrapping_add(1));
        next.get()
    });
    // On a thread that is shutting down nothing can be entered, so there is nothing to leave.
    let token = token.unwrap_or_default();
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Entry { token, scope, boundary, carried, by_task }));
    token
}

/// Removes a scope, even when scopes that were entered after it are still there.
pub(crate) fn leave(token: u64) {
    // The scope is dropped outside the borrow, because dropping its last handle may close something.
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        entered.iter().rposition(|entry| entry.token == token).map(|at| entered.remove(at))
    });
    drop(left);
}

/// Removes a future's scope and all that were entered after it. Returns the latter, the outermost first.
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

/// Copies the call stack of the callers on another thread, as far as it fits. Returns the number of frames.
pub(crate) fn carried(buffer: &mut [usize]) -> usize {
    let copied = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        let stack = entered.first()?.carried.as_ref()?;
        let written = buffer.iter_mut().zip(stack.iter()).map(|(slot, address)| *slot = *address);
        Some(written.count())
    });
    copied.ok().flatten().unwrap_or(0)
}

/// The innermost scope of the thread, and the boundary of its outermost one, at which the walk of a call stack ends.
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

/// How many scopes the current thread is in. Adapters compare it before and after they run foreign code.
pub fn entered_depth() -> usize {
    ENTERED.try_with(|entered| entered.borrow().len()).unwrap_or_default()
}
