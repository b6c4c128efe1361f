//! What a reporter is.

use std::fmt;
use std::io;
use std::sync::Arc;

use diesel_doctor_analysis::Report;

/// Shows a report to somebody.
///
/// ```
/// use std::io;
/// use diesel_doctor_core::{Report, Reporter};
///
/// #[derive(Debug)]
/// struct OneLine;
///
/// impl Reporter for OneLine {
///     fn report(&self, report: &Report) -> io::Result<()> {
///         eprintln!("{}: {} findings", report.scope, report.findings().len());
///         Ok(())
///     }
/// }
/// ```
pub trait Reporter: fmt::Debug + Send + Sync {
    /// Shows the report.
    ///
    /// # Errors
    /// When the medium fails. The doctor counts it in its health and goes on.
    fn report(&self, report: &Report) -> io::Result<()>;

    /// Whether it wants every report whole, also where others are shown each finding once, as with the requests of a web server: for what
    /// counts, measures or stores, and not for what people read. By default it does not; of the doctor's own reporters those for programs do:
    /// [`JsonReporter`](super::JsonReporter), [`Callback`](super::Callback), `TracingReporter`, and [`Deduplicated`](super::Deduplicated), which
    /// counts them.
    fn wants_repetitions(&self) -> bool {
        false
    }
}

impl<R: Reporter + ?Sized> Reporter for Arc<R> {
    fn report(&self, report: &Report) -> io::Result<()> {
        (**self).report(report)
    }

    fn wants_repetitions(&self) -> bool {
        (**self).wants_repetitions()
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn report(&self, report: &Report) -> io::Result<()> {
        (**self).report(report)
    }

    fn wants_repetitions(&self) -> bool {
        (**self).wants_repetitions()
    }
}
