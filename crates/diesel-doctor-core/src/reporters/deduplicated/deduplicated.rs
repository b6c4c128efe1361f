//! The reporter that shows a finding once and counts it from then on: for programs that run for long.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use diesel_doctor_analysis::{Ending, Report};

use super::news::News;
use super::seen::{CAPACITY, Seen};
use crate::doctor::counters::COUNTERS;
use crate::doctor::{PerProcess, backlog};
use crate::reporters::{Reporter, Summary};

/// Passes each finding on once, by its key, and counts it from then on; once more when it comes with a worse severity. A finding of which no
/// function is known is told apart by its scope, too. Reports in which nothing is new are only counted.
///
/// It is a handle: its clones count together. A report is passed on with the findings that are new; it says how many were left out, and they
/// count in its verdict. When the reporter behind it fails, what it was to show counts as new again.
///
/// A scope that saw no watched connection is passed on, once for each name, where there is reason to think that something was missed:
/// when the process has no watched connection at all, or when queries ran outside any scope while it was open. Any other blindness is passed
/// on once for each name, too, and so is each warning of the evidence, whatever it counts.
///
/// What a scope allows without need is left out, because another run of the same code may need it. What all closed scopes of a name allowed
/// without need stands [in the summary](Summary::unused_allowances).
///
/// ```
/// use diesel_doctor_core::reporters::{Deduplicated, TextReporter};
/// use diesel_doctor_core::{Doctor, Profile};
///
/// let findings = Deduplicated::new(TextReporter::stderr());
/// let doctor = Doctor::builder().profile(Profile::Production).reporter(findings.clone()).build()?;
/// // … and when the program ends:
/// eprint!("{}", findings.summary());
/// # drop(doctor);
/// # Ok::<(), diesel_doctor_core::BuildError>(())
/// ```
#[derive(Debug)]
pub struct Deduplicated<R> {
    shared: Arc<Shared<R>>,
}

#[derive(Debug)]
struct Shared<R> {
    reporter: R,
    before: Overload,
    /// A forked child starts anew: it shows again what its parent has shown.
    seen: PerProcess<Mutex<Seen>>,
}

impl<R> Clone for Deduplicated<R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<R> Deduplicated<R> {
    /// How many findings it tells apart, how many blind scopes by name, how many warnings, and of how many scopes it knows what they allow
    /// without need. What is beyond is only counted, and the summary says so.
    pub const CAPACITY: usize = CAPACITY;

    /// One that passes on to `reporter`.
    pub fn new(reporter: R) -> Self {
        Self { shared: Arc::new(Shared { reporter, before: Overload::of_process(), seen: PerProcess::new() }) }
    }

    /// What was counted so far.
    pub fn summary(&self) -> Summary {
        // In this order: a report that is finished meanwhile is counted twice, and not left out.
        let pending = backlog::len();
        let Overload { not_analysed, not_reported } = Overload::of_process();
        let before = &self.shared.before;
        Summary {
            not_analysed: not_analysed.saturating_sub(before.not_analysed),
            not_reported: not_reported.saturating_sub(before.not_reported),
            pending,
            ..self.with_seen(|seen| seen.summary()).unwrap_or_default()
        }
    }

    /// Does something with what was seen; `None` in a process after too many forks.
    fn with_seen<T>(&self, f: impl FnOnce(&mut Seen) -> T) -> Option<T> {
        // No code but ours runs under the lock, so a poisoned one guards sound contents.
        let mut seen = self.shared.seen.get_or_init(Mutex::default)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(f(&mut seen))
    }
}

impl<R: Reporter> Reporter for Deduplicated<R> {
    fn report(&self, report: &Report) -> io::Result<()> {
        if report.ending() == Ending::Off {
            return Ok(());
        }
        let news = self.with_seen(|seen| seen.count(report, COUNTERS.connections.get()));
        let Some(news) = news.flatten() else { return Ok(()) };
        let shown = ShownUnless { deduplicated: self, news: Some(&news) };
        self.shared.reporter.report(&news.report(report))?;
        shown.done();
        Ok(())
    }

    /// It counts them.
    fn wants_repetitions(&self) -> bool {
        true
    }
}

/// Makes news new again unless it was shown, also when the reporter panics.
struct ShownUnless<'a, R> {
    deduplicated: &'a Deduplicated<R>,
    news: Option<&'a News>,
}

impl<R> ShownUnless<'_, R> {
    fn done(mut self) {
        self.news = None;
    }
}

impl<R> Drop for ShownUnless<'_, R> {
    fn drop(&mut self) {
        if let Some(news) = self.news {
            self.deduplicated.with_seen(|seen| seen.forget(news));
        }
    }
}

/// What the process had too much of.
#[derive(Debug)]
struct Overload {
    not_analysed: u64,
    not_reported: u64,
}

impl Overload {
    fn of_process() -> Self {
        Self { not_analysed: COUNTERS.not_analysed.get(), not_reported: COUNTERS.not_reported.get() }
    }
}
