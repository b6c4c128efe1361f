//! What a thread knows of whoever asked it for a query: the scope, and the call stack.

use std::sync::Arc;

use diesel_doctor_analysis::CallSites;
use diesel_doctor_stack::{Boundary, capture};

use super::{Entered, ScopeHandle, ambient};

/// Frames of the caller's that are carried.
const MAX_FRAMES: usize = 120;

/// The scope and the call stack of the thread that captured it, to be used on another: queries made there belong to that scope, and
/// their call sites are the caller's.
///
/// For adapters of connections that run their queries on a thread of their own. For a closure of the user's,
/// [`bind`](crate::bind) is enough: the line that makes the query is inside it.
#[derive(Clone, Debug)]
#[must_use = "what was captured is used by `run`"]
pub struct Caller {
    captured: Option<(ScopeHandle, Arc<[usize]>)>,
}

impl Caller {
    /// Captures what the current thread knows. Without a scope that is nothing, at no cost.
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

    /// Runs a closure in the captured scope, with the captured stack as the callers of its own.
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
