//! From a snapshot to findings: runs every analyzer and judges what they found.

use super::judge::judge;
use super::{Rulebook, ScopeRules, budget};
use crate::analyzers::Analyzer;
use crate::finding::Finding;
use crate::report::{Ending, Evidence};
use crate::shield::shielded;
use crate::snapshot::Snapshot;

/// Runs every analyzer of the rulebook on the snapshot and applies the levels of the rulebook and of the scope. Returns the
/// findings, the worst first. What else the reader must know is added to the evidence.
///
/// When an analyzer panics, its findings are lost. The evidence counts the panic, and counts all queries as not examined. The findings
/// of the other analyzers stay.
pub fn diagnose(
    snapshot: &Snapshot,
    rulebook: &Rulebook,
    scope: &ScopeRules,
    ending: Ending,
    evidence: &mut Evidence,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for analyzer in rulebook.analyzers() {
        if look(&**analyzer, snapshot, &mut findings).is_none() {
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

/// Lets one analyzer look. It is shown copies of the findings: of the originals only those go that it may take out. `None` after a panic.
fn look(analyzer: &dyn Analyzer, snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Option<()> {
    for (number, finding) in (1..).zip(findings.iter_mut()) {
        finding.shown_as = number;
    }
    let mut after = findings.clone();
    shielded(|| analyzer.analyze(snapshot, &mut after))?;
    let mut is_there = vec![false; findings.len()];
    // A finding that was made as a copy of one that was shown is new.
    after.retain(|finding| {
        let shown = finding.shown_as.checked_sub(1).and_then(|at| is_there.get_mut(at));
        shown.is_none_or(|is_there| std::mem::replace(is_there, true))
    });
    let parts = analyzer.rule().puts_together;
    let mut is_there = is_there.into_iter();
    findings.retain(|finding| is_there.next().unwrap_or(true) || !parts.contains(&finding.rule.name));
    findings.extend(after);
    Some(())
}

#[cfg(test)]
mod tests {
    use diesel_doctor_sql::Dialect;

    use super::*;
    use crate::SnapshotBuilder;
    use crate::finding::{Prescription, Rule};
    use crate::setting::Profile;

    static BAD: Rule = Rule::new("bad", "does to the others' findings what it likes", "");
    static TAKES: Rule = Rule::new("takes", "takes its parts out", "").puts_together(&["n-plus-one"]);

    #[derive(Debug)]
    struct Does(&'static Rule, fn(&mut Vec<Finding>));

    impl Analyzer for Does {
        fn rule(&self) -> &'static Rule {
            self.0
        }

        fn analyze(&self, _: &Snapshot, findings: &mut Vec<Finding>) {
            self.1(findings);
        }
    }

    /// What is found where this analyzer looks after the others.
    fn found(rule: &'static Rule, does: fn(&mut Vec<Finding>)) -> Vec<(&'static str, u64)> {
        let page = (0..20).fold(SnapshotBuilder::new("page", Dialect::Sqlite), |page, id| {
            page.query("SELECT name FROM users WHERE id = ?", |query| {
                query.binds(&[id.to_string()]).at("src/page.rs", 12, "page")
            })
        });
        let rulebook = Rulebook::new(Profile::Test, vec![Box::new(Does(rule, does))]);
        let mut evidence = Evidence::default();
        let findings = diagnose(&page.build(), &rulebook, &ScopeRules::default(), Ending::Closed, &mut evidence);
        findings.iter().map(|finding| (finding.rule.name, finding.queries)).collect()
    }

    fn own(findings: &[Finding]) -> Finding {
        Finding::new(&BAD, "mine".to_owned(), findings[0].statement.clone(), Prescription::new("nothing"))
    }

    #[test]
    fn one_analyzer_takes_nothing_from_another() {
        let loops = [("n-plus-one", 20)];
        assert_eq!(found(&BAD, |_| {}), loops);
        assert_eq!(found(&BAD, Vec::clear), loops);
        assert_eq!(found(&BAD, |findings| *findings = Vec::new()), loops);
        assert_eq!(found(&BAD, |findings| findings[0].queries = 1), loops);
        assert_eq!(found(&BAD, |findings| findings.iter_mut().for_each(|finding| finding.evidence.clear())), loops);
        let panics = |findings: &mut Vec<Finding>| {
            findings.clear();
            panic!("after it cleared them");
        };
        assert_eq!(found(&BAD, panics), loops);
    }

    #[test]
    fn what_it_adds_is_added_also_as_a_copy_of_anothers() {
        let adds = |findings: &mut Vec<Finding>| findings.insert(0, own(findings));
        assert_eq!(found(&BAD, adds), [("n-plus-one", 20), ("bad", 0)]);
        let copies = |findings: &mut Vec<Finding>| {
            let mut copy = findings[0].clone();
            copy.rule = &BAD;
            findings.push(copy);
        };
        assert_eq!(found(&BAD, copies).len(), 2);
    }

    #[test]
    fn what_its_rule_puts_together_it_takes_out() {
        let takes = |findings: &mut Vec<Finding>| {
            let own = own(findings);
            *findings = vec![own];
        };
        assert_eq!(found(&TAKES, takes), [("bad", 0)]);
    }
}
