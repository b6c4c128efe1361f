//! The trait that every reporter implements.

use std::fmt;
use std::io;
use std::sync::Arc;

use diesel_doctor_analysis::Report;

/// Shows reports, or sends them somewhere.
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
    /// When the output fails. The doctor counts the failure in its health and continues.
    fn report(&self, report: &Report) -> io::Result<()>;

    /// Whether it wants every report in full, even where other reporters get each finding only once, as for the requests of a web
    /// server. Return `true` in reporters that count, measure or store; `false`, the default, suits reporters for people. These
    /// return `true`: [`JsonReporter`](super::JsonReporter), [`Callback`](super::Callback), `TracingReporter`, and
    /// [`Deduplicated`](super::Deduplicated), which counts repetitions.
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
