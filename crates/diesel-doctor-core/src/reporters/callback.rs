//! The reporter that is a closure of the user's.

use std::fmt;
use std::io;

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Hands each report to a closure: to count findings, to send them somewhere, to do what no other reporter does. It
/// [wants repetitions](Reporter::wants_repetitions): with the requests of a web server, too, the closure gets every report.
///
/// ```
/// use diesel_doctor_core::reporters::Callback;
///
/// let reporter = Callback::new(|report| eprintln!("{}: {} queries", report.scope, report.query_count()));
/// # drop(reporter);
/// ```
pub struct Callback<F>(F);

impl<F: Fn(&Report) + Send + Sync> Callback<F> {
    /// Calls the closure with each report, on the thread on which the scope ended or on the doctor's own. Should it panic, the panic is
    /// caught and counted in the health.
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

    /// The closure looks for what it wants itself.
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
