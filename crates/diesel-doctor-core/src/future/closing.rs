//! Closes a scope in async code. Another thread makes the report.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use diesel_doctor_analysis::{Ending, Report};

use crate::closing::{Job, Submitted, Ticket, leave, submit};
use crate::scope::Scope;

/// A future of the report of a closed scope; made by [`Scope::close_async`].
///
/// When it is dropped early, the report goes to the doctor's reporters.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct Closing {
    state: State,
}

#[derive(Debug)]
enum State {
    /// The worker has no room for it yet.
    Waiting(Job),
    Submitted(Ticket),
    /// No report has to be made, because the doctor is off.
    Ready(Box<Report>),
    Done,
}

impl Scope {
    /// Closes the scope at once, as [`Scope::close`] does. A thread of the doctor resolves and analyses.
    pub fn close_async(self) -> Closing {
        let state = match self.end(Ending::Closed) {
            Some(ended) => State::Waiting(Job::close(ended).awaited()),
            None => State::Ready(Box::new(Report::off(self.name()))),
        };
        Closing { state }
    }
}

impl Future for Closing {
    type Output = Report;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Report> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Ready(report) => return Poll::Ready(*report),
                State::Submitted(ticket) => {
                    if let Some(report) = ticket.poll(context.waker()) {
                        return Poll::Ready(report);
                    }
                    self.state = State::Submitted(ticket);
                    return Poll::Pending;
                }
                State::Waiting(job) => {
                    let ticket = job.ticket().cloned();
                    if let Some(report) = ticket.as_ref().and_then(|ticket| ticket.poll(context.waker())) {
                        return Poll::Ready(report);
                    }
                    match (submit(job, context.waker()), ticket) {
                        (Submitted::Taken, Some(ticket)) => self.state = State::Submitted(ticket),
                        (Submitted::Impossible(report), _) => return Poll::Ready(*report),
                        (Submitted::Full(job), _) => {
                            self.state = State::Waiting(job);
                            return Poll::Pending;
                        }
                        // Every job here has a ticket.
                        (Submitted::Taken, None) => return Poll::Pending,
                    }
                }
                // Polled again after it was ready, which no executor does.
                State::Done => return Poll::Pending,
            }
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(job) => {
                if let Some(ticket) = job.ticket() {
                    ticket.abandon();
                }
                leave(job);
            }
            State::Submitted(ticket) => {
                if let Some((scope, report)) = ticket.abandon() {
                    leave(Job::send(scope, report));
                }
            }
            State::Ready(_) | State::Done => {}
        }
    }
}
