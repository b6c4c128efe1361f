//! Which scopes the current thread is in.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use diesel_doctor_stack::Boundary;

use crate::scope::Inner;

thread_local! {
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(0) };
}

struct Entry {
    token: u64,
    scope: Arc<Inner>,
    boundary: Boundary,
}

/// Makes a scope the thread's innermost; what is returned takes it out again.
pub(crate) fn enter(scope: Arc<Inner>, boundary: Boundary) -> u64 {
    let token = NEXT_TOKEN.try_with(|next| {
        next.set(next.get().wrapping_add(1));
        next.get()
    });
    // On a thread that is being torn down nothing can be entered, and nothing is left to leave.
    let token = token.unwrap_or_default();
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Entry { token, scope, boundary }));
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

/// The innermost scope of the thread, with the boundary of its outermost one: call stacks are walked that far.
pub(crate) fn current() -> Option<(Arc<Inner>, Boundary)> {
    ENTERED
        .try_with(|entered| {
            let entered = entered.borrow();
            let boundary = entered.first()?.boundary;
            entered.last().map(|entry| (Arc::clone(&entry.scope), boundary))
        })
        .ok()
        .flatten()
}

/// How many scopes the thread is in: a wrapper future compares it before and after a poll.
pub(crate) fn depth() -> usize {
    ENTERED.try_with(|entered| entered.borrow().len()).unwrap_or_default()
}
