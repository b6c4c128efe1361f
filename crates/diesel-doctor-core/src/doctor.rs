//! The doctor: settings, analyzers, levels and reporters, built once. The scope carries it, so that two of them can work side by side.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use crate::analyzers::{self, Analyzer};
use crate::budget::QUERY_BUDGET;
use crate::environment::{Environment, EnvironmentError, Output};
use crate::health::COUNTERS;
use crate::judge::Levels;
use crate::report::{Ending, Report};
use crate::reporters::{Deduplicated, JsonReporter, Reporter, Summary, TextReporter};
use crate::rule::Level;
use crate::scope::{Scope, ScopeHandle};

/// For whom the doctor works: what it captures by default, and from when on its rules speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Development and tests: call sites always, low thresholds, time plays no part.
    Test,
    /// Production: call sites of repetitions only, higher thresholds, and only what takes time.
    Production,
}

impl Default for Profile {
    /// [`Profile::Test`] in a build with debug assertions, else [`Profile::Production`].
    fn default() -> Self {
        if cfg!(debug_assertions) { Self::Test } else { Self::Production }
    }
}

/// When call stacks are captured. A stack costs more than all the rest of recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallSites {
    /// For every query of a scope.
    Always,
    /// For repetitions: every query whose text begins like one that ran before, up to its first value, in the scope or in one around it.
    Repeats,
    /// Never.
    Off,
}

/// A configured doctor.
///
/// Reports that nobody receives go to its reporters: those of scopes that are delivered, dropped or left by a panic. The default one
/// (`DIESEL_DOCTOR_REPORT=once`) prints news only: such a scope prints nothing when all that it has to say was said before, or when there is
/// nothing to say.
pub struct Doctor {
    profile: Option<Profile>,
    call_sites: CallSites,
    analyzers: Arc<[Box<dyn Analyzer>]>,
    levels: Levels,
    reporters: Vec<Arc<dyn Reporter>>,
    /// The default reporter, if that is what it has.
    counts: Option<Deduplicated<TextReporter>>,
}

impl fmt::Debug for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doctor")
            .field("profile", &self.profile)
            .field("call_sites", &self.call_sites)
            .field("levels", &self.levels)
            .field("reporters", &self.reporters)
            .finish_non_exhaustive()
    }
}

/// The process's doctor, and what was wrong with the environment when it was made without being asked for.
static OF_PROCESS: OnceLock<(Arc<Doctor>, Option<String>)> = OnceLock::new();

impl Doctor {
    /// Starts to build one: from the environment's settings, which the builder's calls override.
    pub fn builder() -> DoctorBuilder {
        DoctorBuilder::default()
    }

    /// The process's doctor: the one that was made so with [`Doctor::make_global`], else one as the environment says. An environment
    /// that says nonsense is reported by [`Doctor::builder`] and `install`; here it gives the defaults and a line in every report.
    pub fn of_process() -> Arc<Self> {
        let (doctor, _) = OF_PROCESS.get_or_init(|| match Self::builder().build() {
            Ok(doctor) => (Arc::new(doctor), None),
            Err(error) => (
                Arc::new(DoctorBuilder::without_environment().assemble(&Environment::default())),
                Some(error.to_string()),
            ),
        });
        Arc::clone(doctor)
    }

    /// Makes it the process's doctor.
    ///
    /// # Errors
    /// When the process has one already: a scope may have used it.
    pub fn make_global(self) -> Result<(), AlreadySet> {
        OF_PROCESS.set((Arc::new(self), None)).map_err(|_| AlreadySet(()))
    }

    /// Opens a scope under this doctor.
    pub fn open(self: &Arc<Self>, name: impl Into<String>) -> Scope {
        Scope::builder(name).doctor(self).open()
    }

    /// Runs a closure in a scope of its own, exactly once, and returns what it returned with the report.
    ///
    /// # Panics
    /// When the closure does; the report goes to the reporters then.
    pub fn diagnose<T>(self: &Arc<Self>, name: impl Into<String>, f: impl FnOnce() -> T) -> (T, Report) {
        Scope::builder(name).doctor(self).diagnose(f)
    }

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
            analyzers: Arc::clone(&self.analyzers),
            levels: self.levels.clone(),
            reporters,
            counts: None,
        }
    }

    /// A handle of no scope: queries inside are neither recorded nor counted as missed. For what is left out on purpose, such as a web
    /// request that is not sampled.
    pub fn ignored(self: &Arc<Self>) -> ScopeHandle {
        ScopeHandle::ignored(Arc::clone(self))
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

    /// The names of the rules that a level can be given for: those of the analyzers, and of the budget.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static str> {
        self.analyzers.iter().map(|analyzer| analyzer.rule().name).chain([QUERY_BUDGET.name])
    }

    pub(crate) fn analyzers(&self) -> &[Box<dyn Analyzer>] {
        &self.analyzers
    }

    pub(crate) fn levels(&self) -> &Levels {
        &self.levels
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
            match catch_unwind(AssertUnwindSafe(|| reporter.report(report))) {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => {}
                Err(_) => COUNTERS.shielded_panics.add(1),
            }
            COUNTERS.reports_lost.add(1);
            taken = false;
        }
        taken
    }
}

/// What is wrong with the environment, if the process's doctor runs on defaults because of it.
pub(crate) fn configuration_error() -> Option<String> {
    OF_PROCESS.get().and_then(|(_, error)| error.clone())
}

/// The process has a doctor already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process has a doctor already: make it global before the first scope is opened and before install(), and only once"
)]
pub struct AlreadySet(());

/// Why a doctor could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A level was given for a rule that no analyzer has.
    #[error("there is no rule `{rule}`; the rules are {}", known.join(", "))]
    UnknownRule {
        /// The name that was given.
        rule: String,
        /// The names that there are.
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
    analyzers: Vec<Box<dyn Analyzer>>,
    levels: Vec<(String, Level)>,
    reporters: Option<Vec<Arc<dyn Reporter>>>,
}

impl DoctorBuilder {
    /// A builder that does not look at the environment: for tests that must not depend on it.
    pub fn without_environment() -> Self {
        Self { ignores_environment: true, ..Self::default() }
    }

    /// The profile. `DIESEL_DOCTOR=off` still turns the doctor off.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// When call stacks are captured; by default as the profile has it.
    pub fn call_sites(mut self, call_sites: CallSites) -> Self {
        self.call_sites = Some(call_sites);
        self
    }

    /// Adds an analyzer, or replaces the one with the same rule: so thresholds are set.
    pub fn analyzer(mut self, analyzer: impl Analyzer + 'static) -> Self {
        self.analyzers.push(Box::new(analyzer));
        self
    }

    /// The level of a rule, by name. The last word on a rule counts.
    pub fn level(mut self, rule: impl Into<String>, level: Level) -> Self {
        self.levels.push((rule.into(), level));
        self
    }

    /// Adds a reporter for the reports that nobody receives. The first call replaces the default, which prints each finding to
    /// standard error as text, once, and counts it from then on ([`Doctor::summary`]).
    pub fn reporter(mut self, reporter: impl Reporter + 'static) -> Self {
        self.reporters.get_or_insert_default().push(Arc::new(reporter));
        self
    }

    /// Builds it.
    ///
    /// # Errors
    /// When a level names no rule, or a `DIESEL_DOCTOR` variable is not understood.
    pub fn build(self) -> Result<Doctor, BuildError> {
        let environment = if self.ignores_environment { Environment::default() } else { Environment::of_process()? };
        let levels = self.levels.clone();
        let mut doctor = self.assemble(&environment);
        for (rule, level) in levels {
            let known: Vec<&'static str> = doctor.rules().collect();
            match known.iter().find(|name| **name == rule) {
                Some(name) => drop(doctor.levels.insert(*name, level)),
                None => return Err(BuildError::UnknownRule { rule, known }),
            }
        }
        Ok(doctor)
    }

    /// A doctor that is off, as one is by `DIESEL_DOCTOR=off`.
    #[cfg(test)]
    pub(crate) fn build_off(self) -> Doctor {
        self.assemble(&Environment { off: true, ..Environment::default() })
    }

    /// A doctor without levels, which are all that can be wrong.
    pub(crate) fn assemble(self, environment: &Environment) -> Doctor {
        let profile = self.profile.or(environment.profile).unwrap_or_default();
        let mut analyzers = match profile {
            Profile::Test => analyzers::for_tests(),
            Profile::Production => analyzers::for_production(),
        };
        for analyzer in self.analyzers {
            match analyzers.iter_mut().find(|known| known.rule().name == analyzer.rule().name) {
                Some(known) => *known = analyzer,
                None => analyzers.push(analyzer),
            }
        }
        let call_sites = self.call_sites.or(environment.call_sites).unwrap_or(match profile {
            Profile::Test => CallSites::Always,
            Profile::Production => CallSites::Repeats,
        });
        let mut counts = None;
        let reporters = self.reporters.unwrap_or_else(|| match environment.output.unwrap_or_default() {
            Output::Once => {
                vec![Arc::new(counts.insert(Deduplicated::new(TextReporter::stderr())).clone())]
            }
            Output::Text => vec![Arc::new(TextReporter::stderr())],
            Output::Json => vec![Arc::new(JsonReporter::stderr())],
            Output::None => Vec::new(),
        });
        let profile = (!environment.off).then_some(profile);
        Doctor { profile, call_sites, analyzers: analyzers.into(), levels: Levels::new(), reporters, counts }
    }
}
