//! The doctor: settings, analyzers, levels and reporters. The scope carries it, so that two of them can work side by side.

use std::fmt;
use std::sync::Arc;

use diesel_doctor_analysis::{CallSites, Ending, Profile, Report, Rulebook, shielded};

use super::counters::COUNTERS;
use super::inside::{Inside, run_inside};
use crate::reporters::{Deduplicated, Reporter, Summary, TextReporter};

/// A configured doctor.
///
/// Reports that nobody receives go to its reporters: those of scopes that are delivered, dropped or left by a panic. The default one
/// (`DIESEL_DOCTOR_REPORT=once`) prints news only: such a scope prints nothing when all that it has to say was said before, or when there is
/// nothing to say.
pub struct Doctor {
    pub(super) profile: Option<Profile>,
    pub(super) call_sites: CallSites,
    pub(super) rulebook: Rulebook,
    pub(super) reporters: Vec<Arc<dyn Reporter>>,
    /// The default reporter, if that is what it has.
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
    /// The same doctor with another reporter in place of its own.
    #[must_use]
    pub fn reporting_to(&self, reporter: impl Reporter + 'static) -> Self {
        self.with_reporters(vec![Arc::new(reporter)])
    }

    /// The same doctor with those of its reporters that the closure chooses.
    #[must_use]
    pub fn reporting_where(&self, choose: impl Fn(&dyn Reporter) -> bool) -> Self {
        self.with_reporters(self.reporters.iter().filter(|reporter| choose(&***reporter)).cloned().collect())
    }

    fn with_reporters(&self, reporters: Vec<Arc<dyn Reporter>>) -> Self {
        Self {
            profile: self.profile,
            call_sites: self.call_sites,
            rulebook: self.rulebook.clone(),
            reporters,
            counts: None,
        }
    }

    /// Whether it watches at all: `DIESEL_DOCTOR=off` turns it off.
    pub fn is_on(&self) -> bool {
        self.profile.is_some()
    }

    /// The profile; `None` when it is off.
    pub fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// When call stacks are captured.
    pub fn call_sites(&self) -> CallSites {
        self.call_sites
    }

    /// Its analyzers, and the levels of their rules.
    pub(crate) fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// What the default reporter has counted so far, which prints each finding only once; `None` where there are others instead. For the
    /// end of a program.
    pub fn summary(&self) -> Option<Summary> {
        self.counts.as_ref().map(Deduplicated::summary)
    }

    /// Sends a report to the reporters, as is done with every report that nobody receives. What they do wrong stays here, and is counted
    /// in the health. Returns whether all of them took it.
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
