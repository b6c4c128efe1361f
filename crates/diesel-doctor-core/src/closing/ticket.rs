//! Brings a report back to the future that awaits it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use diesel_doctor_analysis::{Report, shielded};

use super::Ended;
use super::ended::{lost, not_analysed_in_time};
use crate::doctor::counters::COUNTERS;
use crate::scope::ScopeState;

/// Connects the worker with the future that awaits a report.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    scope: Arc<ScopeState>,
    state: Arc<Mutex<TicketState>>,
}

#[derive(Debug)]
pub(super) enum TicketState {
    /// With the report that comes instead when this one takes too long.
    Waiting {
        waker: Option<Waker>,
        instead: Box<Report>,
    },
    Ready(Box<Report>),
    /// The report that came instead.
    Late(Box<Report>),
    /// Nobody awaits it any more.
    Abandoned,
    /// It was taken, or another instead.
    Taken,
}

impl Ticket {
    pub(super) fn new(ended: &Ended) -> Self {
        let waiting = TicketState::Waiting { waker: None, instead: Box::new(not_analysed_in_time(ended)) };
        Self { scope: Arc::clone(ended.scope()), state: Arc::new(Mutex::new(waiting)) }
    }

    /// Returns the report when it is ready. Otherwise the waker is called once it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Option<Report> {
        // The waker is cloned and dropped outside the lock, because it is the executor's code.
        let mut new = Some(waker.clone());
        let mut state = self.lock();
        match std::mem::replace(&mut *state, TicketState::Taken) {
            TicketState::Ready(report) | TicketState::Late(report) => Some(*report),
            TicketState::Waiting { waker: old, instead } => {
                *state = TicketState::Waiting { waker: new.take(), instead };
                drop(state);
                drop(old);
                None
            }
            TicketState::Abandoned | TicketState::Taken => None,
        }
    }

    /// Declares that no future awaits the report any more. If the report is ready, it is returned with its scope, to be sent to the
    /// reporters.
    pub(crate) fn abandon(&self) -> Option<(&Arc<ScopeState>, Box<Report>)> {
        match std::mem::replace(&mut *self.lock(), TicketState::Abandoned) {
            TicketState::Ready(report) | TicketState::Late(report) => Some((&self.scope, report)),
            TicketState::Waiting { .. } | TicketState::Abandoned | TicketState::Taken => None,
        }
    }

    /// Stores the report for the future, or returns it when no future awaits it.
    pub(super) fn complete(&self, report: Report) -> Option<Report> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, TicketState::Taken) {
            TicketState::Waiting { waker, .. } => {
                *state = TicketState::Ready(Box::new(report));
                drop(state);
                waker.into_iter().for_each(wake);
                None
            }
            TicketState::Abandoned => {
                *state = TicketState::Abandoned;
                Some(report)
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// Completes the ticket with a report that says that the real one was lost.
    pub(super) fn fail(&self) -> Option<Report> {
        self.complete(lost(&self.scope))
    }

    /// What time-outs need of it: it keeps nothing alive.
    pub(super) fn downgrade(&self) -> Weak<Mutex<TicketState>> {
        Arc::downgrade(&self.state)
    }

    fn lock(&self) -> MutexGuard<'_, TicketState> {
        lock(&self.state)
    }
}

/// The report took too long: whoever awaits it gets the other one. Returns whether somebody did.
pub(super) fn time_out(state: &Mutex<TicketState>) -> bool {
    let mut state = lock(state);
    match std::mem::replace(&mut *state, TicketState::Taken) {
        TicketState::Waiting { waker, instead } => {
            *state = TicketState::Late(instead);
            drop(state);
            waker.into_iter().for_each(wake);
            true
        }
        other => {
            *state = other;
            false
        }
    }
}

/// No code but ours runs under the lock, so a poisoned one guards sound contents.
fn lock(state: &Mutex<TicketState>) -> MutexGuard<'_, TicketState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes a task. A waker is the executor's code, so a panic in it is caught.
pub(super) fn wake(waker: Waker) {
    if shielded(|| waker.wake()).is_none() {
        COUNTERS.shielded_panics.add(1);
    }
}
