//! The doctor: settings, analyzers, levels and reporters. Each scope carries its doctor, so two doctors can work side by side.

use std::fmt;
use std::sync::Arc;

use diesel_doctor_analysis::{BindReading, CallSites, Ending, Profile, Report, Rulebook, shielded};

use super::counters::COUNTERS;
use super::inside::{Inside, run_inside};
use crate::reporters::{Deduplicated, Reporter, Summary, TextReporter};

/// A configured doctor.
///
/// Its reporters get the reports that no caller receives: those of scopes that are delivered, dropped, or left by a panic. The
/// default reporter (`DIESEL_DOCTOR_REPORT=once`) prints only news. It prints nothing for a scope without findings or warnings, or
/// when it has printed all of them before.
pub struct Doctor {
    pub(super) profile: Option<Profile>,
    pub(super) call_sites: CallSites,
    pub(super) bind_reading: BindReading,
    pub(super) rulebook: Rulebook,
    pub(super) reporters: Vec<Arc<dyn Reporter>>,
    /// The default reporter; `None` when the doctor has other reporters instead.
    pub(super) counts: Option<Deduplicated<TextReporter>>,
}

impl fmt::Debug for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doctor")
            .field("profile", &self.profile)
            .field("call_sites", &self.call_sites)
            .field("levels", self.rulebook.levels())
            .field("reporters", &self.reporters)
            .finish_non_exhaustive()
    }
}

impl Doctor {
    /// The same doctor with another reporter instead of its own.
    #[must_use]
    pub fn reporting_to(&self, reporter: impl Reporter + 'static) -> Self {
        self.with_reporters(vec![Arc::new(reporter)])
    }

    /// The same doctor with only those of its reporters that the closure chooses.
    #[must_use]
    pub fn reporting_where(&self, choose: impl Fn(&dyn Reporter) -> bool) -> Self {
        self.with_reporters(self.reporters.iter().filter(|reporter| choose(&***reporter)).cloned().collect())
    }

    fn with_reporters(&self, reporters: Vec<Arc<dyn Reporter>>) -> Self {
        Self {
            profile: self.profile,
            call_sites: self.call_sites,
            bind_reading: self.bind_reading,
            rulebook: self.rulebook.clone(),
            reporters,
            counts: None,
        }
    }

    /// Whether it watches queries: `DIESEL_DOCTOR=off` turns it off.
    pub fn is_on(&self) -> bool {
        self.profile.is_some()
    }

    /// The profile; `None` when the doctor is off.
    pub fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// When call stacks are captured.
    pub fn call_sites(&self) -> CallSites {
        self.call_sites
    }

    /// Whether bind values are read.
    pub fn bind_reading(&self) -> BindReading {
        self.bind_reading
    }

    /// Its analyzers, and the levels of their rules.
    pub(crate) fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// What the default reporter has counted so far; for the end of a program. `None` when the doctor has other reporters instead.
    pub fn summary(&self) -> Option<Summary> {
        self.counts.as_ref().map(Deduplicated::summary)
    }

    /// Sends a report to the reporters, like every report that no caller receives. Their errors and panics are caught and counted
    /// in the health. Returns whether all of them accepted it.
    pub fn send(&self, report: &Report) -> bool {
        let mut taken = true;
        if report.ending() == Ending::Off {
            return taken;
        }
        for reporter in &self.reporters {
            match shielded(|| run_inside(Inside::Reporter, || reporter.report(report))) {
                Some(Ok(())) => continue,
                Some(Err(_)) => {}
                None => COUNTERS.shielded_panics.add(1),
            }
            COUNTERS.reports_lost.add(1);
            taken = false;
        }
        taken
    }
}
