//! The follower of a scope, for other threads and tasks.

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
    /// A handle of no scope: queries inside are neither recorded nor counted as missed. For what is left out on purpose, such as a web
    /// request that is not sampled.
    pub fn ignored(self: &Arc<Self>) -> ScopeHandle {
        ScopeHandle { inner: Arc::new(ScopeState::ignored(Arc::clone(self))) }
    }
}

/// A follower of a scope. It never keeps the scope open: what it brings after the close counts as late.
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

    /// Polls or drops a future inside the scope: for adapters of what is polled and no future, such as a response's body. Guards that it leaves entered are taken out, so that other tasks of the thread do not
    /// run inside their scopes, and reported.
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

    /// A reference for a connection's stamp: it keeps nothing alive.
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
