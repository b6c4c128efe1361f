//! A guard that both enters and owns a scope.

use std::thread;

use diesel_doctor_stack::Boundary;

use super::{Entered, Scope, ScopeBuilder};

/// Keeps the current thread in a scope until this is dropped. Then the report goes to the doctor's reporters. Made by
/// [`ScopeBuilder::enter`](crate::ScopeBuilder::enter).
#[derive(Debug)]
#[must_use = "the scope ends when this is dropped"]
pub struct Running {
    // Both are taken only in `drop`: the scope is left before it ends.
    entered: Option<Entered<'static>>,
    scope: Option<Scope>,
}

impl ScopeBuilder {
    /// Opens the scope and enters it on the current thread until the guard is dropped. Then the report goes to the doctor's
    /// reporters. Not for async code: see [`ScopeBuilder::run_future`].
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "call stacks are walked as far as the caller, whose frame has to be noted"
    )]
    pub fn enter(self) -> Running {
        Running::new(self.open(), Boundary::here())
    }

    /// Runs a closure once in the scope. The report goes to the doctor's reporters.
    ///
    /// # Panics
    /// When the closure panics.
    pub fn run<T>(self, f: impl FnOnce() -> T) -> T {
        let _running = Running::new(self.open(), Boundary::here());
        f()
    }
}

impl Running {
    fn new(scope: Scope, boundary: Boundary) -> Self {
        Self { entered: Some(Entered::owned(&scope, boundary)), scope: Some(scope) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.entered = None;
        if let Some(scope) = self.scope.take().filter(|_| !thread::panicking()) {
            scope.deliver();
        }
    }
}
