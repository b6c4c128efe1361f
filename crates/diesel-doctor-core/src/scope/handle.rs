//! The handle that follows a scope to other threads and tasks.

use std::sync::{Arc, Weak};

use diesel_doctor_stack::Boundary;

use super::state::ScopeState;
use super::{Scope, ambient};
use crate::doctor::Doctor;
use crate::doctor::counters::COUNTERS;

impl Scope {
    /// A handle that follows the scope to other threads and tasks.
    pub fn handle(&self) -> ScopeHandle {
        ScopeHandle { inner: Arc::clone(&self.inner) }
    }
}

impl Doctor {
    /// A handle that ignores queries: those made inside it are not recorded, and not counted as missed. Use it for work that should
    /// not be diagnosed, such as a web request that is not sampled.
    pub fn ignored(self: &Arc<Self>) -> ScopeHandle {
        ScopeHandle { inner: Arc::new(ScopeState::ignored(Arc::clone(self))) }
    }
}

/// Follows a scope. It does not keep the scope open: queries made through it after the close count as late.
#[derive(Clone, Debug)]
pub struct ScopeHandle {
    pub(super) inner: Arc<ScopeState>,
}

impl ScopeHandle {
    /// The innermost scope of the current thread.
    pub fn current() -> Option<Self> {
        ambient::current().map(|(inner, _)| Self { inner })
    }

    /// The name of the scope.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    pub(crate) fn of(inner: Arc<ScopeState>) -> Self {
        Self { inner }
    }

    /// Runs one poll or drop of a future inside the scope. It is also for adapters of other polled things, such as a response's
    /// body. Guards that `f` leaves entered are removed, so that other tasks of the thread do not run inside their scopes. They are
    /// reported.
    #[inline(never)]
    pub fn in_task<T>(&self, f: impl FnOnce() -> T) -> T {
        struct InTask<'a>(u64, &'a ScopeState);
        impl Drop for InTask<'_> {
            fn drop(&mut self) {
                let held = ambient::leave_task(self.0);
                for scope in &held {
                    scope.count_held_guard();
                    self.1.count_held_guard();
                    COUNTERS.held_guards.add(1);
                }
            }
        }

        if !self.inner.doctor().is_on() {
            return f();
        }
        self.inner.note_task();
        let _in_task = InTask(ambient::enter_task(Arc::clone(&self.inner), Boundary::here()), &self.inner);
        f()
    }

    /// A weak reference for a connection's stamp. It does not keep the scope alive.
    pub(crate) fn downgrade(&self) -> Weak<ScopeState> {
        Arc::downgrade(&self.inner)
    }
}

impl From<&Scope> for ScopeHandle {
    fn from(scope: &Scope) -> Self {
        scope.handle()
    }
}

impl From<&ScopeHandle> for ScopeHandle {
    fn from(handle: &ScopeHandle) -> Self {
        handle.clone()
    }
}
