//! The settings of one scope beyond its doctor's: a budget, and its own levels.

use std::borrow::Cow;

use super::judge::Allowed;
use super::{Levels, Rulebook};
use crate::finding::{Finding, Level, Severity};
use crate::report::{Ending, Evidence};
use crate::words::counted;

/// A scope's own levels for rules, and its budget.
#[derive(Clone, Debug, Default)]
pub struct ScopeRules {
    max_queries: Option<u64>,
    levels: Vec<RuleLevel>,
    denies_warnings: bool,
}

/// The scope's level for one rule, with its reason.
#[derive(Clone, Debug)]
struct RuleLevel {
    rule: Cow<'static, str>,
    level: Level,
    reason: Cow<'static, str>,
}

impl ScopeRules {
    /// Sets a budget: more queries than `most` are a finding of the rule `query-budget`.
    pub fn limit_queries(&mut self, most: u64) {
        self.max_queries = Some(most);
    }

    /// Sets the level of a rule, and the reason for it.
    pub fn set_level(&mut self, rule: Cow<'static, str>, level: Level, reason: Cow<'static, str>) {
        self.levels.push(RuleLevel { rule, level, reason });
    }

    /// Turns all warnings into errors.
    pub fn deny_warnings(&mut self) {
        self.denies_warnings = true;
    }

    pub(super) fn max_queries(&self) -> Option<u64> {
        self.max_queries
    }

    /// The levels of the rulebook, with the scope's own levels on top.
    pub(super) fn levels(&self, rulebook: &Rulebook) -> Levels {
        let mut levels = rulebook.levels().clone();
        for setting in &self.levels {
            if let Some(name) = rulebook.rules().find(|name| *name == setting.rule) {
                levels.insert(name, setting.level);
            }
        }
        levels
    }

    /// Turns warnings into errors, where the scope denies warnings.
    pub(super) fn judge(&self, findings: &mut [Finding]) {
        let warnings = findings.iter_mut().filter(|finding| finding.severity == Severity::Warning);
        for finding in warnings.filter(|_| self.denies_warnings) {
            finding.severity = Severity::Error;
        }
    }

    /// Adds to the evidence how the scope's levels were used: the reasons for allowed findings, allowances that matched nothing,
    /// and a warning for each unknown rule.
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
