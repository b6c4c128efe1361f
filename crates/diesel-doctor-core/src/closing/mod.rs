//! From a scope that has ended to its report: resolves call sites and runs the analysis. For async code, threads of the doctor do
//! this.

mod ended;
mod exit;
mod job;
mod queue;
mod sites;
mod source_lines;
mod ticket;
mod time_outs;
mod users_code;
mod worker;

pub(crate) use ended::Ended;
pub(crate) use job::Job;
pub(crate) use ticket::Ticket;
pub(crate) use users_code::is_users;
pub use worker::flush;
pub(crate) use worker::{Submitted, leave, submit};
