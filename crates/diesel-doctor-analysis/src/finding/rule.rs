//! Rules, the severity of their findings, and the levels that users can set.

use std::fmt;

/// A rule that an analyzer applies. Its name fits after "allow": "allow n-plus-one".
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// The name, as written in settings, markers and reports: `n-plus-one`.
    pub name: &'static str,
    /// One line on what it finds.
    pub summary: &'static str,
    /// The page about the rule, in Markdown. `explain` prints it, and tests run its examples.
    pub documentation: &'static str,
    /// The level where the user sets none.
    pub default_level: Level,
    /// The rules that this one yields to: a finding of this rule is dropped when findings of those rules cover all its queries.
    pub yields_to: &'static [&'static str],
    /// Rules whose findings this one puts together into its own, and takes out. It can take out no other's.
    pub puts_together: &'static [&'static str],
}

impl Rule {
    /// A rule at level [`Level::Warn`] that yields to no other.
    pub const fn new(name: &'static str, summary: &'static str, documentation: &'static str) -> Self {
        Self { name, summary, documentation, default_level: Level::Warn, yields_to: &[], puts_together: &[] }
    }

    /// Sets the rules that this one yields to.
    #[must_use]
    pub const fn yields_to(mut self, rules: &'static [&'static str]) -> Self {
        self.yields_to = rules;
        self
    }

    /// Names the rules whose findings this one puts together into its own.
    #[must_use]
    pub const fn puts_together(mut self, rules: &'static [&'static str]) -> Self {
        self.puts_together = rules;
        self
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never fails an assertion.
    Info,
    /// Worth fixing.
    Warning,
    /// To be fixed first.
    Error,
}

impl Severity {
    /// The word for it in reports: `info`, `warning`, `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The level that the user sets for a rule: whether its findings are shown, and with which severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Findings are dropped; the report counts how many.
    Allow,
    /// Findings are information.
    Info,
    /// Findings are warnings.
    Warn,
    /// Findings are errors.
    Deny,
}

impl Level {
    /// The severity of a finding under this level; `None` when the rule is allowed. With weak evidence a finding is information
    /// only, unless the rule is denied.
    pub fn severity(self, confidence: Confidence) -> Option<Severity> {
        match (self, confidence) {
            (Self::Allow, _) => None,
            (Self::Info, _) | (Self::Warn, Confidence::Low) => Some(Severity::Info),
            (Self::Warn, Confidence::High) | (Self::Deny, Confidence::Low) => Some(Severity::Warning),
            (Self::Deny, Confidence::High) => Some(Severity::Error),
        }
    }
}

/// How sure an analyzer is of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The evidence can also be read in another way; the message says "candidate".
    Low,
    /// No other reading of the evidence is known.
    High,
}
