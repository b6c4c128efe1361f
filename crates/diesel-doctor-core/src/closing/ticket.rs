//! How a report comes back to the future that awaits it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use diesel_doctor_analysis::{Report, shielded};

use super::Ended;
use super::ended::{lost, not_analysed_in_time};
use crate::doctor::counters::COUNTERS;
use crate::scope::ScopeState;

/// By which a report comes back to whoever awaits it.
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

    /// The report, if it is there; else the waker is called when it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Option<Report> {
        // Cloned and dropped outside the lock: a waker is the executor's code.
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

    /// Nobody awaits the report any more. If it is there, it comes back with its scope, to be sent to the reporters.
    pub(crate) fn abandon(&self) -> Option<(&Arc<ScopeState>, Box<Report>)> {
        match std::mem::replace(&mut *self.lock(), TicketState::Abandoned) {
            TicketState::Ready(report) | TicketState::Late(report) => Some((&self.scope, report)),
            TicketState::Waiting { .. } | TicketState::Abandoned | TicketState::Taken => None,
        }
    }

    /// Hands the report over. It comes back when nobody awaits it any more. One that is late is let go: another was handed over instead.
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

    /// The report could not be made.
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

/// Wakes a task. A waker is the executor's code.
pub(super) fn wake(waker: Waker) {
    if shielded(|| waker.wake()).is_none() {
        COUNTERS.shielded_panics.add(1);
    }
}
