//! The key that identifies a finding from run to run.

use std::fmt;

use diesel_doctor_sql::Fingerprint;

/// Identifies a finding from run to run: rule, fingerprint, function, and a number where one function does the same twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FindingKey {
    pub(super) rule: &'static str,
    pub(super) statement: Fingerprint,
    pub(super) function: String,
    pub(super) ordinal: u32,
}

impl FindingKey {
    /// Whether the key names a function. It does not without line tables, nor where no call site was captured.
    pub fn has_function(&self) -> bool {
        !self.function.is_empty()
    }
}

impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = if self.function.is_empty() { "?" } else { &self.function };
        write!(f, "{}:{}:{function}", self.rule, self.statement)?;
        if self.ordinal > 0 { write!(f, "#{}", self.ordinal + 1) } else { Ok(()) }
    }
}
