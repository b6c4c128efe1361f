//! The thread that lets nobody wait for ever: a report that takes too long comes without an analysis.
//!
//! All wait equally long, so the first in the queue is the first whose time is over.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use super::job::{Job, Work};
use super::ticket::{Ticket, TicketState, time_out};
use super::worker::replace_if_stuck;
use crate::doctor::counters::COUNTERS;
use crate::doctor::{PerProcess, wait};

/// Beyond so many entries those are let go whose report has come.
const USUAL_ENTRIES: usize = 1_024;

#[derive(Debug)]
struct TimeOuts {
    entries: Mutex<Entries>,
    arrived: Condvar,
}

#[derive(Debug)]
struct Entries {
    queue: VecDeque<(Instant, Weak<Mutex<TicketState>>)>,
    /// With so many entries it is time to look for those whose report has come.
    full: usize,
}

static TIME_OUTS: PerProcess<Option<&'static TimeOuts>> = PerProcess::new();

impl Job {
    /// The report is to come by a ticket. From now on that may take as long as the settings say.
    pub(crate) fn awaited(mut self) -> Self {
        if let Work::Close(ended) = &self.work {
            let ticket = Ticket::new(ended);
            register(&ticket);
            self.ticket = Some(ticket);
        }
        self
    }
}

fn register(ticket: &Ticket) {
    let Some(time_outs) = TIME_OUTS.get_or_init(TimeOuts::start).copied().flatten() else { return };
    let mut entries = time_outs.lock();
    if entries.queue.len() >= entries.full {
        entries.queue.retain(|(_, ticket)| ticket.strong_count() > 0);
        entries.full = USUAL_ENTRIES.max(2 * entries.queue.len());
    }
    entries.queue.push_back((Instant::now() + wait(), ticket.downgrade()));
    let is_first = entries.queue.len() == 1;
    drop(entries);
    if is_first {
        time_outs.arrived.notify_one();
    }
}

impl TimeOuts {
    fn start() -> Option<&'static Self> {
        let entries = Mutex::new(Entries { queue: VecDeque::new(), full: USUAL_ENTRIES });
        let time_outs: &'static Self = Box::leak(Box::new(Self { entries, arrived: Condvar::new() }));
        let thread = thread::Builder::new().name("diesel-doctor-wait".to_owned()).spawn(|| time_outs.run());
        thread.is_ok().then_some(time_outs)
    }

    fn run(&self) {
        loop {
            let late = self.next();
            if late.upgrade().is_some_and(|ticket| time_out(&ticket)) {
                COUNTERS.not_analysed.add(1);
                replace_if_stuck();
            }
        }
    }

    /// Waits until a report has taken too long.
    fn next(&self) -> Weak<Mutex<TicketState>> {
        let mut entries = self.lock();
        loop {
            let Some((until, ticket)) = entries.queue.front() else {
                entries = self.arrived.wait(entries).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if ticket.strong_count() > 0 && !left.is_zero() {
                entries = self.arrived.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner).0;
            } else if let Some((_, ticket)) = entries.queue.pop_front() {
                return ticket;
            }
        }
    }

    /// No code but ours runs under the lock, so a poisoned one guards sound contents.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
