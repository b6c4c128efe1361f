//! From raw findings to reported findings: one explanation for each query, the user's levels, keys, and the order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Levels;
use crate::finding::Finding;

/// How many findings were allowed, by rule.
pub(crate) type Allowed = BTreeMap<&'static str, u64>;

/// Returns the findings to report, and how many were allowed.
pub(crate) fn judge(mut findings: Vec<Finding>, levels: &Levels) -> (Vec<Finding>, Allowed) {
    drop_explained(&mut findings);
    settle_keys(&mut findings);
    let mut allowed = Allowed::new();
    findings.retain_mut(|finding| {
        let level = levels.get(finding.rule.name).copied().unwrap_or(finding.rule.default_level);
        let severity = level.severity(finding.confidence);
        finding.severity = severity.unwrap_or(finding.severity);
        if severity.is_none() {
            *allowed.entry(finding.rule.name).or_default() += 1;
        }
        severity.is_some()
    });
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (Reverse(finding.severity), Reverse(finding.queries));
        rank(a)
            .cmp(&rank(b))
            .then_with(|| a.evidence.first().cmp(&b.evidence.first()))
            .then_with(|| a.key().cmp(b.key()))
    });
    (findings, allowed)
}

/// Drops a finding when rules that its own rule yields to cover all its queries. This comes before the levels: a problem that the
/// user allowed under its right name must not come back under another.
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

/// Gives each finding its key. Several findings of one function with one statement are numbered by line.
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

#[cfg(test)]
mod tests {
    use diesel_doctor_sql::{Dialect, Statement};

    use super::*;
    use crate::finding::{Confidence, Level, Prescription, Rule, Severity};
    use crate::record::{CallSite, SourceFrame};

    const LOOP: Rule = Rule::new("loop", "", "");
    const TWICE: Rule = Rule::new("twice", "", "").yields_to(&["loop"]);

    fn finding(rule: &'static Rule, evidence: &[u32]) -> Finding {
        let statement = Statement::new("SELECT 1", Dialect::Unknown);
        let mut finding = Finding::new(rule, String::new(), statement, Prescription::new(""));
        finding.evidence = evidence.to_vec();
        finding.queries = evidence.len() as u64;
        finding
    }

    fn at(mut finding: Finding, line: u32, function: &str) -> Finding {
        finding.sites = vec![CallSite::new(vec![SourceFrame::new("src/main.rs", line, 1, function)])];
        finding
    }

    fn names(findings: Vec<Finding>) -> Vec<&'static str> {
        judge(findings, &Levels::new()).0.iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn what_a_better_rule_explains_is_dropped() {
        assert_eq!(
            names(vec![finding(&LOOP, &[1, 2]), finding(&LOOP, &[3]), finding(&TWICE, &[1, 3])]),
            ["loop", "loop"]
        );
        assert_eq!(
            names(vec![finding(&LOOP, &[1, 2]), finding(&TWICE, &[2, 3])]),
            ["loop", "twice"],
            "a part is not all"
        );
        assert_eq!(
            names(vec![finding(&LOOP, &[1]), finding(&TWICE, &[1, 2])]),
            ["twice", "loop"],
            "nor does it yield the other way"
        );
    }

    #[test]
    fn what_is_allowed_is_counted_and_does_not_come_back_under_another_name() {
        let findings = vec![finding(&LOOP, &[1, 2]), finding(&TWICE, &[1, 2])];
        let (left, allowed) = judge(findings, &Levels::from([("loop", Level::Allow)]));
        assert_eq!((left.len(), allowed), (0, Allowed::from([("loop", 1)])));
    }

    #[test]
    fn the_level_and_the_confidence_make_the_severity() {
        let severity = |level, confidence| {
            let found = Finding { confidence, ..finding(&LOOP, &[1]) };
            judge(vec![found], &Levels::from([("loop", level)])).0.first().map(|finding| finding.severity)
        };
        assert_eq!(severity(Level::Deny, Confidence::High), Some(Severity::Error));
        assert_eq!(severity(Level::Deny, Confidence::Low), Some(Severity::Warning));
        assert_eq!(severity(Level::Warn, Confidence::Low), Some(Severity::Info));
        assert_eq!(severity(Level::Allow, Confidence::High), None);
    }

    #[test]
    fn the_worst_come_first_and_then_those_with_most_queries() {
        let low = Finding { confidence: Confidence::Low, ..finding(&LOOP, &[1, 2, 3, 4]) };
        let (found, _) =
            judge(vec![low, finding(&LOOP, &[5]), finding(&LOOP, &[8, 9]), finding(&LOOP, &[6])], &Levels::new());
        assert_eq!(found.iter().map(|finding| finding.evidence[0]).collect::<Vec<_>>(), [8, 5, 6, 1]);
    }

    #[test]
    fn a_key_survives_other_lines_and_counts() {
        let key = |finding| judge(vec![finding], &Levels::new()).0[0].key().clone();
        assert_eq!(key(at(finding(&LOOP, &[1, 2]), 10, "page")), key(at(finding(&LOOP, &[1, 2, 3]), 25, "page")));
        assert_ne!(key(at(finding(&LOOP, &[1]), 10, "page")), key(at(finding(&LOOP, &[1]), 10, "menu")));
        assert_ne!(key(at(finding(&LOOP, &[1]), 10, "page")), key(at(finding(&TWICE, &[1]), 10, "page")));
    }

    #[test]
    fn what_one_function_does_twice_is_numbered_by_line() {
        let keys = |first: u32, second: u32| {
            let findings = vec![at(finding(&LOOP, &[1]), first, "page"), at(finding(&LOOP, &[2]), second, "page")];
            let (mut found, _) = judge(findings, &Levels::new());
            found.sort_by_key(|finding| finding.evidence[0]);
            found.iter().map(|finding| finding.key().to_string()).collect::<Vec<_>>()
        };
        let [above, below] = keys(10, 20).try_into().unwrap();
        assert!(below.ends_with("page#2") && above.ends_with("page"), "{above} {below}");
        assert_eq!(keys(20, 10), [below, above]);
    }
}
