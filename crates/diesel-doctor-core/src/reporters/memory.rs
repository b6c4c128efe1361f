//! The reporter that keeps what it is told.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Keeps reports, for tests to look at.
///
/// It is a handle: its clones keep the same reports. It holds the latest [`Memory::CAPACITY`] and counts those that it let go.
///
/// ```
/// use diesel_doctor_core::reporters::Memory;
///
/// let memory = Memory::new();
/// let for_the_doctor = memory.clone();
/// assert!(memory.reports().is_empty());
/// # drop(for_the_doctor);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    reports: VecDeque<Report>,
    let_go: u64,
}

impl Memory {
    /// How many reports it holds at the most.
    pub const CAPACITY: usize = 1_000;

    /// A memory without reports.
    pub fn new() -> Self {
        Self::default()
    }

    /// The reports, the oldest first.
    pub fn reports(&self) -> Vec<Report> {
        self.kept().reports.iter().cloned().collect()
    }

    /// The reports, the oldest first; the memory forgets them.
    pub fn take(&self) -> Vec<Report> {
        std::mem::take(&mut self.kept().reports).into()
    }

    /// How many reports it let go because newer ones came.
    pub fn let_go(&self) -> u64 {
        self.kept().let_go
    }

    /// No code but ours runs under the lock, so a poisoned one guards sound contents.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Memory {
    fn report(&self, report: &Report) -> io::Result<()> {
        let report = report.clone();
        let mut kept = self.kept();
        if kept.reports.len() >= Self::CAPACITY {
            kept.reports.pop_front();
            kept.let_go = kept.let_go.saturating_add(1);
        }
        kept.reports.push_back(report);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel_doctor_analysis::render::fixtures;

    #[test]
    fn keeps_reports_in_order_and_shares_them_with_its_clones() {
        let memory = Memory::new();
        memory.clone().report(&fixtures::clean("first", 1)).unwrap();
        memory.report(&fixtures::clean("second", 2)).unwrap();
        let scopes: Vec<_> = memory.reports().into_iter().map(|report| report.scope).collect();
        assert_eq!(scopes, ["first", "second"]);
        assert_eq!(memory.take().len(), 2);
        assert_eq!(memory.reports().len(), 0);
        assert_eq!(memory.let_go(), 0);
    }

    #[test]
    fn lets_the_oldest_go_and_counts_them() {
        let memory = Memory::new();
        for number in 0..Memory::CAPACITY + 2 {
            memory.report(&fixtures::clean(&number.to_string(), 1)).unwrap();
        }
        let reports = memory.reports();
        assert_eq!(reports.len(), Memory::CAPACITY);
        assert_eq!(reports[0].scope, "2");
        assert_eq!(memory.let_go(), 2);
    }
}
