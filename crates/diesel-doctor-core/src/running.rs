//! A scope that is entered and owned at once.

use std::thread;

use diesel_doctor_stack::Boundary;

use crate::scope::{Entered, Scope};

/// A scope that the current thread is in until this is dropped; then its report goes to the doctor's reporters. By
/// [`ScopeBuilder::enter`](crate::ScopeBuilder::enter).
#[derive(Debug)]
#[must_use = "the scope ends when this is dropped"]
pub struct Running {
    // Both are taken only when it is dropped: the scope is left before it ends.
    entered: Option<Entered<'static>>,
    scope: Option<Scope>,
}

impl Running {
    pub(crate) fn new(scope: Scope, boundary: Boundary) -> Self {
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
