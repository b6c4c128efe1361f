//! The guards that keep a scope entered on the current thread, and the functions that run closures inside it.

use std::marker::PhantomData;
use std::sync::Arc;

use diesel_doctor_stack::Boundary;

use super::state::ScopeState;
use super::{Scope, ScopeHandle, ambient};

impl Scope {
    /// Makes the scope the current thread's innermost until the guard is dropped. Not for async code: a guard that is held over an
    /// `await` stays entered while other tasks run.
    pub fn enter(&self) -> Entered<'_> {
        Entered::new(&self.inner, Boundary::NONE)
    }

    /// Runs a closure inside the scope.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(&self.inner, Boundary::here());
        f()
    }
}

impl ScopeHandle {
    /// Makes the scope the current thread's innermost until the guard is dropped. Not for async code.
    pub fn enter(&self) -> Entered<'_> {
        Entered::new(&self.inner, Boundary::NONE)
    }

    /// Runs a closure inside the scope, on any thread: for the closures of rayon and other thread pools.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(&self.inner, Boundary::here());
        f()
    }

    /// Binds a closure to the scope, to be run on another thread.
    pub fn bind<T>(self, f: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || self.in_scope(f)
    }
}

/// Keeps a scope entered on the current thread.
#[derive(Debug)]
#[must_use = "the scope is left when the guard is dropped"]
pub struct Entered<'a> {
    token: u64,
    // Not `Send`, because it must be dropped on the thread that it entered.
    _scope: PhantomData<(&'a ScopeState, *const ())>,
}

impl Entered<'_> {
    fn new(inner: &Arc<ScopeState>, boundary: Boundary) -> Self {
        Self::with(inner, boundary, None)
    }

    /// A guard whose owner also holds the scope.
    pub(super) fn owned(scope: &Scope, boundary: Boundary) -> Self {
        Self::new(&scope.inner, boundary)
    }

    /// Enters a scope on behalf of another thread, with that thread's stack.
    pub(super) fn carrying(scope: &ScopeHandle, boundary: Boundary, stack: Arc<[usize]>) -> Self {
        Self::with(&scope.inner, boundary, Some(stack))
    }

    fn with(inner: &Arc<ScopeState>, boundary: Boundary, carried: Option<Arc<[usize]>>) -> Self {
        // A doctor that is off must not hide the scope around it.
        let token = if inner.doctor().is_on() { ambient::enter(Arc::clone(inner), boundary, carried) } else { 0 };
        Self { token, _scope: PhantomData }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        ambient::leave(self.token);
    }
}

/// Binds a closure to the current thread's innermost scope, to be run on another thread. Without a scope the closure runs as it is.
///
/// ```
/// use diesel_doctor_core::{bind, Scope};
///
/// let scope = Scope::open("job");
/// let _entered = scope.enter();
/// std::thread::spawn(bind(|| { /* queries made here belong to the scope */ })).join().unwrap();
/// ```
pub fn bind<T>(f: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let handle = ScopeHandle::current();
    move || match handle {
        Some(handle) => handle.in_scope(f),
        None => f(),
    }
}
