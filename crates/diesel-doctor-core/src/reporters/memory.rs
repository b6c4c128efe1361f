//! The reporter that keeps reports in memory.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Keeps reports in memory, for tests that inspect them.
///
/// It is a handle: its clones share the reports. It holds the latest [`Memory::CAPACITY`] and counts those that it discarded.
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
    /// The largest number of reports that it holds.
    pub const CAPACITY: usize = 1_000;

    /// A memory without reports.
    pub fn new() -> Self {
        Self::default()
    }

    /// The reports, the oldest first.
    pub fn reports(&self) -> Vec<Report> {
        self.kept().reports.iter().cloned().collect()
    }

    /// Returns the reports, the oldest first, and removes them from the memory.
    pub fn take(&self) -> Vec<Report> {
        std::mem::take(&mut self.kept().reports).into()
    }

    /// How many reports it discarded because newer ones came.
    pub fn let_go(&self) -> u64 {
        self.kept().let_go
    }

    /// Only our code runs under the lock, so the reports are intact even when the lock is poisoned.
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
