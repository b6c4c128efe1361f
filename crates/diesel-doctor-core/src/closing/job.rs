//! The jobs of the threads that make reports and send them.

use std::sync::Arc;

use diesel_doctor_analysis::{Finding, Report};

use super::Ended;
use super::ticket::Ticket;
use crate::doctor::counters::{COUNTERS, Counter};
use crate::scope::ScopeState;

/// The approximate size of a finding in bytes: its texts, its call sites, its prescription.
const FINDING_BYTES: usize = 4 << 10;

/// A job for a worker.
#[derive(Debug)]
pub(crate) struct Job {
    pub(super) work: Work,
    /// The approximate memory that it holds while it waits, in bytes.
    pub(super) bytes: usize,
    pub(super) ticket: Option<Ticket>,
}

/// The kinds of work.
#[derive(Debug)]
pub(super) enum Work {
    /// Make a report.
    Close(Box<Ended>),
    /// Send a finished report to the reporters, because no caller received it.
    Send(Arc<ScopeState>, Box<Report>),
}

impl Job {
    /// A job that makes the report of a scope that has ended.
    pub(crate) fn close(ended: Ended) -> Self {
        Self { bytes: ended.bytes(), work: Work::Close(Box::new(ended)), ticket: None }
    }

    /// A job that sends a report to the reporters, because no caller received it.
    pub(crate) fn send(scope: &Arc<ScopeState>, report: Box<Report>) -> Self {
        let bytes = report.findings().len() * (size_of::<Finding>() + FINDING_BYTES);
        Self { bytes, work: Work::Send(Arc::clone(scope), report), ticket: None }
    }

    /// By which the report comes to whoever awaits it.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// Whether the scope was opened inside a reporter or an analyzer.
    pub(super) fn is_of_report(&self) -> bool {
        match &self.work {
            Work::Close(ended) => ended.scope().is_of_report(),
            Work::Send(scope, _) => scope.is_of_report(),
        }
    }

    /// Where it is counted when it cannot be done.
    pub(super) fn counter(&self) -> &'static Counter {
        match self.work {
            Work::Close(_) => &COUNTERS.not_analysed,
            Work::Send(..) => &COUNTERS.not_reported,
        }
    }
}
