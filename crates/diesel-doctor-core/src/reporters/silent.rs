//! The reporter that says nothing.

use std::io;

use diesel_doctor_analysis::Report;

use super::Reporter;

/// Shows reports to nobody: for those who read them as values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _report: &Report) -> io::Result<()> {
        Ok(())
    }
}
