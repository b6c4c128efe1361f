//! What the user should do about a finding.

/// What the user should do about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prescription {
    /// The advice, as one imperative.
    pub advice: String,
    /// The Diesel code to write, where its names are known; may have several lines.
    pub code: Option<String>,
}

impl Prescription {
    /// Advice without code.
    pub fn new(advice: impl Into<String>) -> Self {
        Self { advice: advice.into(), code: None }
    }

    /// Adds the Diesel code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}
