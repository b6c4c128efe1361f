//! Carries the scope and the call stack of a thread to another thread that runs its query.

use std::sync::Arc;

use diesel_doctor_analysis::CallSites;
use diesel_doctor_stack::{Boundary, capture};

use super::{Entered, ScopeHandle, ambient};

/// How many frames of the caller's stack are carried.
const MAX_FRAMES: usize = 120;

/// The scope and the call stack of the thread that captured them, for use on another thread. Queries made there belong to that
/// scope, and their call sites are those of the caller.
///
/// This is for adapters of connections that run queries on their own thread. For a closure of the user's, [`bind`](crate::bind) is
/// enough, because the line that makes the query is inside the closure.
#[derive(Clone, Debug)]
#[must_use = "what was captured is used by `run`"]
pub struct Caller {
    captured: Option<(ScopeHandle, Arc<[usize]>)>,
}

impl Caller {
    /// Captures the scope and the stack of the current thread. Without a scope it captures nothing, at no cost.
    pub fn capture() -> Self {
        let captured = ambient::current().map(|(scope, boundary)| {
            let stack = if scope.doctor().call_sites() == CallSites::Off {
                Arc::default()
            } else {
                let mut buffer = [0; MAX_FRAMES];
                let own = capture(&mut buffer, boundary).len;
                let len = ambient::carried(buffer.get_mut(own..).unwrap_or_default()).saturating_add(own);
                Arc::from(buffer.get(..len).unwrap_or_default())
            };
            (ScopeHandle::of(scope), stack)
        });
        Self { captured }
    }

    /// Runs a closure in the captured scope. The captured stack counts as the closure's callers.
    pub fn run<T>(self, f: impl FnOnce() -> T) -> T {
        match self.captured {
            Some((scope, stack)) => {
                let _entered = Entered::carrying(&scope, Boundary::here(), stack);
                f()
            }
            None => f(),
        }
    }
}
