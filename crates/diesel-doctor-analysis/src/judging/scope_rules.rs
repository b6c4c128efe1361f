//! What one scope asks beyond its doctor's settings: a budget, and levels of its own.

use std::borrow::Cow;

use super::judge::Allowed;
use super::{Levels, Rulebook};
use crate::finding::{Finding, Level, Severity};
use crate::report::{Ending, Evidence};
use crate::words::counted;

/// A scope's own word on rules, and its budget.
#[derive(Clone, Debug, Default)]
pub struct ScopeRules {
    max_queries: Option<u64>,
    levels: Vec<RuleLevel>,
    denies_warnings: bool,
}

/// The scope's word on a rule.
#[derive(Clone, Debug)]
struct RuleLevel {
    rule: Cow<'static, str>,
    level: Level,
    reason: Cow<'static, str>,
}

impl ScopeRules {
    /// A budget: more queries than that are a finding of the rule `query-budget`.
    pub fn limit_queries(&mut self, most: u64) {
        self.max_queries = Some(most);
    }

    /// The level of a rule, and the reason for it.
    pub fn set_level(&mut self, rule: Cow<'static, str>, level: Level, reason: Cow<'static, str>) {
        self.levels.push(RuleLevel { rule, level, reason });
    }

    /// Makes all warnings errors.
    pub fn deny_warnings(&mut self) {
        self.denies_warnings = true;
    }

    pub(super) fn max_queries(&self) -> Option<u64> {
        self.max_queries
    }

    /// The levels of the rulebook under those of the scope.
    pub(super) fn levels(&self, rulebook: &Rulebook) -> Levels {
        let mut levels = rulebook.levels().clone();
        for setting in &self.levels {
            if let Some(name) = rulebook.rules().find(|name| *name == setting.rule) {
                levels.insert(name, setting.level);
            }
        }
        levels
    }

    /// Makes errors of warnings, where the scope denies them.
    pub(super) fn judge(&self, findings: &mut [Finding]) {
        let warnings = findings.iter_mut().filter(|finding| finding.severity == Severity::Warning);
        for finding in warnings.filter(|_| self.denies_warnings) {
            finding.severity = Severity::Error;
        }
    }

    /// Writes down what became of the scope's settings: the reasons of what was allowed, what allowed nothing, and a warning of rules that
    /// do not exist.
    pub(super) fn account(&self, rulebook: &Rulebook, allowed: &Allowed, ending: Ending, evidence: &mut Evidence) {
        for RuleLevel { rule, level, reason } in &self.levels {
            let count = allowed.get(rule.as_ref()).copied().unwrap_or_default();
            if !rulebook.rules().any(|name| name == rule) {
                let known = rulebook.rules().collect::<Vec<_>>().join(", ");
                evidence.warnings.push(format!(
                    "the scope has a level for {rule}, but there is no such rule; the rules are {known}"
                ));
            } else if *level == Level::Allow && count > 0 {
                let allowed = counted(count, "finding");
                evidence.notes.push(format!("{allowed} of {rule} allowed by the scope: {reason}"));
            } else if *level == Level::Allow && ending == Ending::Closed {
                evidence.unused_allowances.push(format!("{rule} ({reason})"));
            }
        }
    }
}
