//! Builds a doctor, from the environment and from the program's settings.

use std::sync::Arc;

use diesel_doctor_analysis::analyzers::Analyzer;
use diesel_doctor_analysis::{BindReading, CallSites, Level, Profile, Rulebook};

use super::Doctor;
use super::environment::{Environment, EnvironmentError, Output};
use crate::reporters::{Deduplicated, JsonReporter, Reporter, TextReporter};

impl Doctor {
    /// Starts to build a doctor. It takes the environment's settings; calls on the builder override them.
    pub fn builder() -> DoctorBuilder {
        DoctorBuilder::default()
    }
}

/// Why a doctor could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A level was given for a rule that no analyzer has.
    #[error("there is no rule `{rule}`; the rules are {}", known.join(", "))]
    UnknownRule {
        /// The name that was given.
        rule: String,
        /// The names of all rules.
        known: Vec<&'static str>,
    },
    /// A variable of the environment is not understood.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
}

/// Builds a [`Doctor`].
///
/// ```
/// use diesel_doctor_core::{CallSites, Doctor, Level, Profile};
///
/// let doctor = Doctor::builder()
///     .profile(Profile::Production)
///     .call_sites(CallSites::Off)
///     .level("duplicate-query", Level::Info)
///     .build()?;
/// assert!(doctor.is_on());
/// # Ok::<(), diesel_doctor_core::BuildError>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct DoctorBuilder {
    ignores_environment: bool,
    profile: Option<Profile>,
    call_sites: Option<CallSites>,
    bind_reading: Option<BindReading>,
    analyzers: Vec<Box<dyn Analyzer>>,
    levels: Vec<(String, Level)>,
    reporters: Option<Vec<Arc<dyn Reporter>>>,
}

impl DoctorBuilder {
    /// A builder that ignores the environment, for tests that must not depend on it.
    pub fn without_environment() -> Self {
        Self { ignores_environment: true, ..Self::default() }
    }

    /// Sets the profile. `DIESEL_DOCTOR=off` still turns the doctor off.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Sets when call stacks are captured. By default the profile decides.
    pub fn call_sites(mut self, call_sites: CallSites) -> Self {
        self.call_sites = Some(call_sites);
        self
    }

    /// Whether bind values are read; by default they are.
    pub fn binds(mut self, reading: BindReading) -> Self {
        self.bind_reading = Some(reading);
        self
    }

    /// Adds an analyzer, or replaces the one with the same rule. This is also how thresholds are set.
    pub fn analyzer(mut self, analyzer: impl Analyzer + 'static) -> Self {
        self.analyzers.push(Box::new(analyzer));
        self
    }

    /// Sets the level of a rule, by the rule's name. The last call for a rule counts.
    pub fn level(mut self, rule: impl Into<String>, level: Level) -> Self {
        self.levels.push((rule.into(), level));
        self
    }

    /// Adds a reporter for reports that no caller receives. The first call replaces the default reporter. That one prints each
    /// finding once, as text on standard error, and then only counts it ([`Doctor::summary`]).
    pub fn reporter(mut self, reporter: impl Reporter + 'static) -> Self {
        self.reporters.get_or_insert_default().push(Arc::new(reporter));
        self
    }

    /// Builds the doctor.
    ///
    /// # Errors
    /// When a level names no rule, or a `DIESEL_DOCTOR` variable is not understood.
    pub fn build(self) -> Result<Doctor, BuildError> {
        let environment = if self.ignores_environment { Environment::default() } else { Environment::of_process()? };
        let levels = self.levels.clone();
        let mut doctor = self.assemble(&environment);
        for (rule, level) in levels {
            doctor.rulebook.set_level(&rule, level).map_err(|known| BuildError::UnknownRule { rule, known })?;
        }
        Ok(doctor)
    }

    /// A doctor that is off, as with `DIESEL_DOCTOR=off`.
    #[cfg(test)]
    pub(crate) fn build_off(self) -> Doctor {
        self.assemble(&Environment { off: true, ..Environment::default() })
    }

    /// Builds a doctor without applying the levels, because only they can be wrong.
    pub(crate) fn assemble(self, environment: &Environment) -> Doctor {
        let profile = self.profile.or(environment.profile).unwrap_or_default();
        let call_sites = self.call_sites.or(environment.call_sites).unwrap_or(profile.call_sites());
        let bind_reading = self.bind_reading.or(environment.bind_reading).unwrap_or_default();
        let mut counts = None;
        let reporters = self.reporters.unwrap_or_else(|| match environment.output.unwrap_or_default() {
            Output::Once => {
                vec![Arc::new(counts.insert(Deduplicated::new(TextReporter::stderr())).clone())]
            }
            Output::Text => vec![Arc::new(TextReporter::stderr())],
            Output::Json => vec![Arc::new(JsonReporter::stderr())],
            Output::None => Vec::new(),
        });
        let rulebook = Rulebook::new(profile, self.analyzers);
        Doctor { profile: (!environment.off).then_some(profile), call_sites, bind_reading, rulebook, reporters, counts }
    }
}
