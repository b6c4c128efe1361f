//! What a rule is, how bad its findings are, and what the user may say about it.

use std::fmt;

/// A rule that an analyzer applies. Its name reads as "allow X".
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// The name, as written in settings, markers and reports: `n-plus-one`.
    pub name: &'static str,
    /// One line on what it finds.
    pub summary: &'static str,
    /// The page on it, in Markdown: what `explain` prints, and what its tests run.
    pub documentation: &'static str,
    /// The level it has when nobody says otherwise.
    pub default_level: Level,
    /// Rules with a better explanation: a finding of this rule vanishes when one of theirs covers all its queries.
    pub yields_to: &'static [&'static str],
    /// Rules whose findings this one puts together into its own, and takes out. It can take out no other's.
    pub puts_together: &'static [&'static str],
}

impl Rule {
    /// A rule at level [`Level::Warn`] that yields to no other.
    pub const fn new(name: &'static str, summary: &'static str, documentation: &'static str) -> Self {
        Self { name, summary, documentation, default_level: Level::Warn, yields_to: &[], puts_together: &[] }
    }

    /// Names the rules whose findings explain more than this one's.
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
    /// To be fixed before anything else.
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

/// The user's word on a rule: off, or which severity its findings have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Findings are dropped; the report counts how many.
    Allow,
    /// Findings inform.
    Info,
    /// Findings warn.
    Warn,
    /// Findings are errors.
    Deny,
}

impl Level {
    /// The severity of a finding under this level; `None` when the rule is allowed. A finding with weak evidence informs only,
    /// unless the rule is denied.
    pub fn severity(self, confidence: Confidence) -> Option<Severity> {
        match (self, confidence) {
            (Self::Allow, _) => None,
            (Self::Info, _) | (Self::Warn, Confidence::Low) => Some(Severity::Info),
            (Self::Warn, Confidence::High) | (Self::Deny, Confidence::Low) => Some(Severity::Warning),
            (Self::Deny, Confidence::High) => Some(Severity::Error),
        }
    }
}

/// How sure an analyzer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The evidence allows another reading; the message says "candidate".
    Low,
    /// The evidence allows no other reading that we know of.
    High,
}
