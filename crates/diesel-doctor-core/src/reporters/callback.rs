//! The reporter that calls a closure of the user's.

use std::fmt;
use std::io;

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Passes each report to a closure, for example to count findings or to send them somewhere. It [wants
/// repetitions](Reporter::wants_repetitions): the closure gets every report, also of the requests of a web server.
///
/// ```
/// use diesel_doctor_core::reporters::Callback;
///
/// let reporter = Callback::new(|report| eprintln!("{}: {} queries", report.scope, report.query_count()));
/// # drop(reporter);
/// ```
pub struct Callback<F>(F);

impl<F: Fn(&Report) + Send + Sync> Callback<F> {
    /// Calls the closure with each report, on the thread on which the scope ended or on a thread of the doctor. A panic in the
    /// closure is caught and counted in the health.
    pub fn new(f: F) -> Self {
        Self(f)
    }
}

impl<F> fmt::Debug for Callback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

impl<F: Fn(&Report) + Send + Sync> Reporter for Callback<F> {
    fn report(&self, report: &Report) -> io::Result<()> {
        (self.0)(report);
        Ok(())
    }

    /// The closure filters reports itself.
    fn wants_repetitions(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use diesel_doctor_analysis::render::fixtures;

    #[test]
    fn it_wants_repetitions() {
        assert!(Callback::new(|_| {}).wants_repetitions());
    }

    #[test]
    fn the_closure_gets_each_report() {
        let seen = Mutex::new(Vec::new());
        let reporter = Callback::new(|report| seen.lock().unwrap().push((report.scope.clone(), report.query_count())));
        reporter.report(&fixtures::clean("first", 1)).unwrap();
        reporter.report(&fixtures::clean("second", 2)).unwrap();
        assert_eq!(*seen.lock().unwrap(), [("first".to_owned(), 1), ("second".to_owned(), 2)]);
    }
}
