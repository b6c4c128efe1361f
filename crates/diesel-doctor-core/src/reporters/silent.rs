//! The reporter that shows nothing.

use std::io;

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Shows no reports, for programs that read them as values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _report: &Report) -> io::Result<()> {
        Ok(())
    }
}
