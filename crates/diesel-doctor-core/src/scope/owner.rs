//! The owner of a scope, which closes it.

use std::sync::Arc;

use diesel_doctor_analysis::{Ending, Report};

use super::state::ScopeState;
use super::{ScopeSettings, ambient};
use crate::closing::{Ended, Job, leave};
use crate::doctor::Doctor;
use crate::doctor::counters::COUNTERS;
use crate::doctor::inside::{Inside, inside};

/// An owned scope. Its holder closes it and receives the report.
///
/// When it is dropped instead (an early return, a panic, a cancelled future), the report goes to the doctor's reporters. The
/// default reporter (`DIESEL_DOCTOR_REPORT=once`) prints only news: nothing for a report without findings or warnings, or when it
/// has printed all of them before.
#[derive(Debug)]
#[must_use = "a scope that is dropped at once sees nothing"]
pub struct Scope {
    pub(super) inner: Arc<ScopeState>,
}

impl Scope {
    /// Opens a scope. Its doctor is that of the scope around it, or else the process's.
    pub fn open(name: impl Into<String>) -> Self {
        Self::with_settings(name.into(), None, ScopeSettings::default())
    }

    /// Without a doctor it takes the doctor of the open scope around it, so that both report to the same place.
    pub(super) fn with_settings(name: String, doctor: Option<Arc<Doctor>>, settings: ScopeSettings) -> Self {
        let parent = open_around();
        let of_parent = || parent.as_ref().map_or_else(Doctor::of_process, |parent| Arc::clone(parent.doctor()));
        let doctor = doctor.unwrap_or_else(of_parent);
        let inner = ScopeState::open(name, doctor, parent.as_ref(), settings);
        if ambient::current().is_some_and(|(scope, _)| scope.has_tasks()) {
            inner.note_task();
        }
        Self { inner: Arc::new(inner) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// Closes the scope: resolves call sites, analyses, and returns the report. Later queries are counted as late.
    ///
    /// Not for async code: there, [`Scope::close_async`] does this work on another thread. The first call in a process may take
    /// tens of milliseconds, to set up symbolization.
    pub fn close(self) -> Report {
        self.end(Ending::Closed).map_or_else(|| Report::off(self.name()), Ended::report)
    }

    /// Closes the scope and sends the report to the doctor's reporters, for owners that do not need it.
    pub fn deliver(self) {
        self.leave(Ending::Closed);
    }

    /// Ends the recording and sends the report. For a scope with tasks, a thread of the doctor does this, so that no task waits.
    fn leave(&self, ending: Ending) {
        if self.inner.reports_only_if_used() && self.inner.is_unused() {
            drop(self.inner.close());
            return;
        }
        let Some(ended) = self.end(ending) else { return };
        if self.inner.is_of_report() || inside() != Inside::Nothing {
            COUNTERS.reports_inside.add(1);
            return;
        }
        if self.inner.has_tasks() || ambient::in_task() {
            leave(Job::close(ended));
        } else {
            self.inner.doctor().send(&ended.report());
        }
    }

    /// Ends a scope without a report if no query was made in it. Otherwise returns the scope.
    pub(crate) fn forget_if_never_asked(self) -> Option<Self> {
        let never_asked = self.inner.was_never_asked();
        if never_asked {
            drop(self.inner.close());
        }
        (!never_asked).then_some(self)
    }

    /// Ends the recording. Only the first call returns it.
    pub(crate) fn end(&self, ending: Ending) -> Option<Ended> {
        self.inner.close().map(|recording| Ended::new(&self.inner, recording, ending))
    }

    /// Marks that a panic went through a future of the scope. For adapters, which are dropped only after the panic is over.
    pub fn mark_panicked(&self) {
        self.inner.mark_panicked();
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let panicked = std::thread::panicking() || self.inner.is_panicked();
        self.leave(if panicked { Ending::Panicked } else { Ending::Dropped });
    }
}

impl Doctor {
    /// Opens a scope under this doctor.
    pub fn open(self: &Arc<Self>, name: impl Into<String>) -> Scope {
        Scope::with_settings(name.into(), Some(Arc::clone(self)), ScopeSettings::default())
    }
}

/// The innermost open scope of the thread. Closed scopes are skipped, because they count nothing any more. Without this, a chain of
/// closed scopes would grow with every task that opens a scope and starts the next task inside it.
fn open_around() -> Option<Arc<ScopeState>> {
    let (innermost, _) = ambient::current()?;
    if innermost.is_open() { Some(innermost) } else { innermost.open_around().next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_inside(inner: &Scope, outer: &Scope) -> bool {
        inner.inner.around().next().is_some_and(|nearest| Arc::ptr_eq(&nearest, &outer.inner))
    }

    #[test]
    fn a_scope_stands_in_the_innermost_open_one() {
        let outer = Scope::open("outer");
        let within = outer.in_scope(|| Scope::open("within"));
        assert!(is_inside(&within, &outer));

        let handle = within.handle();
        handle.in_scope(|| drop(within.close()));
        handle.in_scope(|| {
            let late = Scope::open("late");
            assert!(is_inside(&late, &outer));
        });
        drop(outer.close());
        handle.in_scope(|| assert!(!Scope::open("last").inner.has_around()));
    }

    #[test]
    fn a_scope_in_what_is_left_out_or_over_has_the_doctor_of_the_process() {
        let doctor = Arc::new(crate::DoctorBuilder::without_environment().build().unwrap());
        let is_of_process = || Arc::ptr_eq(Scope::open("inner").inner.doctor(), &Doctor::of_process());
        assert!(doctor.ignored().in_scope(is_of_process));
        let scope = doctor.open("over");
        let handle = scope.handle();
        assert!(!handle.in_scope(is_of_process));
        drop(scope.close());
        assert!(handle.in_scope(is_of_process));
    }
}
