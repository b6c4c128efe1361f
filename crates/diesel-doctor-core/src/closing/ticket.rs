//! Brings a report back to the future that awaits it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use diesel_doctor_analysis::Report;

use super::ended::lost;
use crate::doctor::counters::COUNTERS;
use crate::scope::ScopeState;

/// Connects the worker with the future that awaits a report.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    scope: Arc<ScopeState>,
    state: Arc<Mutex<TicketState>>,
}

#[derive(Debug)]
enum TicketState {
    Waiting(Option<Waker>),
    Ready(Box<Report>),
    Abandoned,
}

impl Ticket {
    pub(super) fn new(scope: &Arc<ScopeState>) -> Self {
        Self { scope: Arc::clone(scope), state: Arc::new(Mutex::new(TicketState::Waiting(None))) }
    }

    /// Returns the report when it is ready. Otherwise the waker is called once it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Option<Report> {
        // The waker is cloned and dropped outside the lock, because it is the executor's code.
        let mut new = Some(waker.clone());
        let mut state = self.lock();
        match std::mem::replace(&mut *state, TicketState::Abandoned) {
            TicketState::Ready(report) => Some(*report),
            TicketState::Waiting(old) => {
                *state = TicketState::Waiting(new.take());
                drop(state);
                drop(old);
                None
            }
            TicketState::Abandoned => None,
        }
    }

    /// Declares that no future awaits the report any more. If the report is ready, it is returned with its scope, to be sent to the
    /// reporters.
    pub(crate) fn abandon(&self) -> Option<(&Arc<ScopeState>, Box<Report>)> {
        match std::mem::replace(&mut *self.lock(), TicketState::Abandoned) {
            TicketState::Ready(report) => Some((&self.scope, report)),
            TicketState::Waiting(_) | TicketState::Abandoned => None,
        }
    }

    /// Stores the report for the future, or returns it when no future awaits it.
    pub(super) fn complete(&self, report: Report) -> Option<Report> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, TicketState::Abandoned) {
            TicketState::Waiting(waker) => {
                *state = TicketState::Ready(Box::new(report));
                drop(state);
                waker.into_iter().for_each(wake);
                None
            }
            TicketState::Ready(_) | TicketState::Abandoned => Some(report),
        }
    }

    /// Completes the ticket with a report that says that the real one was lost.
    pub(super) fn fail(&self) -> Option<Report> {
        self.complete(lost(&self.scope))
    }

    fn lock(&self) -> MutexGuard<'_, TicketState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes a task. A waker is the executor's code, so a panic in it is caught.
pub(super) fn wake(waker: Waker) {
    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
        COUNTERS.shielded_panics.add(1);
    }
}
