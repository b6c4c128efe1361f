//! A bounded queue of jobs that wait for a thread.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Instant;

use super::job::Job;

/// How many jobs may wait for a worker. A future that awaits a report waits for room. Other jobs beyond this are dropped, and
/// counted as not analysed or not reported.
pub(super) const MAX_JOBS: usize = 1_024;

/// How much memory the waiting jobs may hold together, in bytes: four full scopes, or `MAX_JOBS` scopes with 64 KiB each.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// A job that is being worked on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) since: Instant,
    /// Whether somebody awaits it, who is told when it takes too long.
    pub(super) is_awaited: bool,
}

/// The jobs that wait for one thread.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    /// The memory that the jobs hold together, in bytes.
    pub(super) bytes: usize,
    pub(super) accepted: u64,
    pub(super) finished: u64,
    /// What its thread works on.
    pub(super) running: Option<Running>,
    /// How often its thread was replaced by another.
    pub(super) crew: u32,
    /// Threads that were replaced and have not come back.
    pub(super) stuck: u32,
    /// No thread works on the jobs: all are stuck.
    pub(super) is_dead: bool,
    pub(super) waiting: Vec<Waker>,
}

impl Queue {
    /// Whether there is room for one more job. An empty queue accepts a job of any size.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        !self.is_dead
            && (self.jobs.is_empty() || (self.jobs.len() < MAX_JOBS && self.bytes.saturating_add(bytes) <= MAX_BYTES))
    }

    /// Whether jobs that found no room may try again.
    pub(super) fn is_half_empty(&self) -> bool {
        self.jobs.len() <= MAX_JOBS / 2 && self.bytes <= MAX_BYTES / 2
    }

    pub(super) fn push(&mut self, job: Job) {
        self.bytes = self.bytes.saturating_add(job.bytes);
        self.jobs.push_back(job);
        self.accepted = self.accepted.wrapping_add(1);
    }

    pub(super) fn pop(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.bytes = self.bytes.saturating_sub(job.bytes);
        Some(job)
    }
}
