//! From a snapshot to findings: runs every analyzer and judges what they found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::judge::judge;
use super::{Rulebook, ScopeRules, budget};
use crate::finding::Finding;
use crate::report::{Ending, Evidence};
use crate::snapshot::Snapshot;

/// Runs every analyzer of the rulebook on the snapshot and applies the levels of the rulebook and of the scope. Returns the
/// findings, the worst first. What else the reader must know is added to the evidence.
///
/// When an analyzer panics, its findings are lost. The evidence counts the panic, and counts all queries as not examined.
pub fn diagnose(
    snapshot: &Snapshot,
    rulebook: &Rulebook,
    scope: &ScopeRules,
    ending: Ending,
    evidence: &mut Evidence,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for analyzer in rulebook.analyzers() {
        let before = findings.len();
        if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(snapshot, &mut findings))).is_err() {
            findings.truncate(before);
            evidence.shielded_panics += 1;
            evidence.unexamined = evidence.queries;
            evidence
                .warnings
                .push(format!("the analyzer of {} panicked: its findings are missing", analyzer.rule().name));
        }
    }
    let levels = scope.levels(rulebook);
    let (mut findings, allowed) = judge(findings, &levels);
    evidence.allowed_findings = allowed.values().sum();
    scope.judge(&mut findings);
    scope.account(rulebook, &allowed, ending, evidence);
    let over_budget = scope.max_queries().and_then(|most| budget::finding(most, snapshot, evidence, &levels));
    if let Some(over_budget) = over_budget {
        let at = findings.partition_point(|finding| finding.severity > over_budget.severity);
        findings.insert(at, over_budget);
    }
    findings
}
