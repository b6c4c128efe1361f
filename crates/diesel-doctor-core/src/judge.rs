//! From raw findings to those that are reported: one explanation for each query, the user's levels, keys, and an order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::finding::Finding;
use crate::rule::Level;

/// The user's word on rules, by name; the others have their default.
pub(crate) type Levels = BTreeMap<&'static str, Level>;

/// What is left to report, and how many findings were allowed.
pub(crate) fn judge(mut findings: Vec<Finding>, levels: &Levels) -> (Vec<Finding>, u64) {
    drop_explained(&mut findings);
    settle_keys(&mut findings);
    let before = findings.len();
    findings.retain_mut(|finding| {
        let level = levels.get(finding.rule.name).copied().unwrap_or(finding.rule.default_level);
        let severity = level.severity(finding.confidence);
        finding.severity = severity.unwrap_or(finding.severity);
        severity.is_some()
    });
    let allowed = (before - findings.len()) as u64;
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (Reverse(finding.severity), Reverse(finding.queries));
        rank(a)
            .cmp(&rank(b))
            .then_with(|| a.evidence.first().cmp(&b.evidence.first()))
            .then_with(|| a.key().cmp(b.key()))
    });
    (findings, allowed)
}

/// Drops a finding when rules that its own yields to cover all its queries. This comes before the levels: a problem that the user
/// allowed under its right name does not come back under another.
fn drop_explained(findings: &mut Vec<Finding>) {
    let mut covered: HashMap<&'static str, HashSet<u32>> = HashMap::new();
    for finding in &*findings {
        covered.entry(finding.rule.name).or_default().extend(&finding.evidence);
    }
    findings.retain(|finding| {
        let explained = |query: &u32| {
            finding.rule.yields_to.iter().any(|rule| covered.get(rule).is_some_and(|queries| queries.contains(query)))
        };
        finding.evidence.is_empty() || !finding.evidence.iter().all(explained)
    });
}

/// Gives each finding its key, numbering by line what one function does twice with one statement.
fn settle_keys(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| {
        let place = finding
            .sites
            .first()
            .and_then(|site| site.innermost())
            .map(|frame| (frame.file.clone(), frame.line, frame.column));
        (place, finding.evidence.first().copied())
    });
    let mut taken = HashMap::new();
    for finding in findings {
        finding.settle_key(0);
        let number = taken.entry(finding.key().clone()).or_insert(0);
        finding.settle_key(*number);
        *number += 1;
    }
}
