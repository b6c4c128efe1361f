//! A finding: one problem that an analyzer reports.

use std::time::Duration;

use diesel_doctor_sql::{Dialect, Statement};

use super::{Confidence, FindingKey, Prescription, Rule, Severity};
use crate::record::CallSite;

/// A problem, where it comes from, and what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is, after the user's level for the rule was applied.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What happened, with numbers: one line, lower case, no period.
    pub message: String,
    /// The statement that it is about.
    pub statement: Statement,
    /// The places in the user's code, the most useful first; empty when none is known.
    pub sites: Vec<CallSite>,
    /// How many queries it covers; an exact count.
    pub queries: u64,
    /// The total time of these queries.
    pub database_time: Duration,
    /// More facts, one line each.
    pub notes: Vec<String>,
    /// What to do, in Diesel's names.
    pub prescription: Prescription,
    /// Which of the snapshot's queries it covers, for the judge: indices in ascending order.
    pub(crate) evidence: Vec<u32>,
    pub(crate) key: FindingKey,
    /// Tells a finding that an analyzer was shown from those that it adds: its number among the former, from 1; else 0.
    pub(crate) shown_as: usize,
}

impl Finding {
    /// A finding with high confidence and no site yet.
    pub fn new(rule: &'static Rule, message: String, statement: Statement, prescription: Prescription) -> Self {
        Self {
            rule,
            severity: Severity::Warning,
            confidence: Confidence::High,
            message,
            key: FindingKey {
                rule: rule.name,
                statement: statement.fingerprint(),
                function: String::new(),
                ordinal: 0,
            },
            statement,
            sites: Vec::new(),
            queries: 0,
            database_time: Duration::ZERO,
            notes: Vec::new(),
            prescription,
            evidence: Vec::new(),
            shown_as: 0,
        }
    }

    /// The key that identifies the same problem in another run. It stays the same when lines move, counts change or the checkout
    /// directory is another.
    pub fn key(&self) -> &FindingKey {
        &self.key
    }

    /// Sets the key from the sites. The judge calls it; the number tells apart several findings of one function with one statement.
    pub(crate) fn settle_key(&mut self, ordinal: u32) {
        let function = self
            .sites
            .first()
            .and_then(CallSite::innermost)
            .map_or_else(String::new, |frame| frame.function.to_string());
        self.key = FindingKey { rule: self.rule.name, statement: self.statement.fingerprint(), function, ordinal };
    }

    /// Sets the key of a finding about a whole scope.
    pub(crate) fn name_key(&mut self, scope: &str) {
        let statement = Statement::new("", Dialect::Unknown).fingerprint();
        self.key = FindingKey { rule: self.rule.name, statement, function: scope.to_owned(), ordinal: 0 };
    }
}
