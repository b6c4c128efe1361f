//! The reporter that shows each finding once and then only counts it; for long-running programs.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use diesel_doctor_analysis::{Ending, Report};

use super::news::News;
use super::seen::{CAPACITY, Seen};
use crate::doctor::counters::COUNTERS;
use crate::doctor::{PerProcess, backlog};
use crate::reporters::{Reporter, Summary};

/// Passes each finding to another reporter once, by its key, and then only counts it. It passes the finding on again when its
/// severity gets worse. Findings whose function is not known are told apart by their scope, too. Reports without anything new are
/// only counted.
///
/// It is a handle: its clones count together. A report is passed on with its new findings only. It says how many were left out, and
/// these still count in its verdict. When the other reporter fails, its findings count as new again.
///
/// A scope that saw no watched connection is passed on only when there is reason to think that it missed something: the process has
/// no watched connection at all, or queries ran outside any scope while it was open. It is then passed on once for each scope name.
/// Other kinds of blindness are passed on once for each scope name, too. So is each warning of the evidence, whatever numbers it
/// contains.
///
/// Unused allowances are not passed on, because another run of the same code may need them. Those that no closed scope of a name
/// has needed are listed [in the summary](Summary::unused_allowances).
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
    /// The largest number of findings that it tells apart; also of blind scopes by name, of warnings, and of scopes whose unused
    /// allowances it keeps. Anything beyond is only counted, and the summary says so.
    pub const CAPACITY: usize = CAPACITY;

    /// A reporter that passes new findings on to `reporter`.
    pub fn new(reporter: R) -> Self {
        Self { shared: Arc::new(Shared { reporter, before: Overload::of_process(), seen: PerProcess::new() }) }
    }

    /// What was counted so far.
    pub fn summary(&self) -> Summary {
        // In this order a report that is finished meanwhile is counted twice. In the other order it would be missing.
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

    /// It counts repetitions.
    fn wants_repetitions(&self) -> bool {
        true
    }
}

/// Marks the news as new again unless it was shown. This also works when the reporter panics.
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

/// What the process could not do because it was overloaded.
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
