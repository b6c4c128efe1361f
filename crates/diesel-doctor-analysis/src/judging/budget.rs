//! The rule that a scope makes no more queries than its budget.
//!
//! It is no analyzer: it needs the scope's budget, which is not in the snapshot.

use diesel_doctor_sql::{Dialect, Statement};

use super::Levels;
use crate::finding::{Confidence, Finding, Level, Prescription, Rule};
use crate::record::StatementId;
use crate::report::Evidence;
use crate::snapshot::Snapshot;
use crate::words::counted;

/// The rule of a scope's budget, which [`ScopeRules::limit_queries`](super::ScopeRules::limit_queries) sets. No analyzer applies
/// it.
pub static QUERY_BUDGET: Rule = Rule {
    default_level: Level::Deny,
    ..Rule::new("query-budget", "a scope makes more queries than it allows itself", include_str!("budget.md"))
};

/// How many of the most frequent statements the finding names.
const NAMED: usize = 3;
/// How many characters of each are shown.
const EXCERPT: usize = 80;

/// The finding of a scope that exceeded its budget; `None` when it did not, or when the level says to allow it.
pub(super) fn finding(most: u64, snapshot: &Snapshot, evidence: &Evidence, levels: &Levels) -> Option<Finding> {
    let over = evidence.queries.checked_sub(most).filter(|over| *over > 0)?;
    let level = levels.get(QUERY_BUDGET.name).copied().unwrap_or(QUERY_BUDGET.default_level);
    let severity = level.severity(Confidence::High)?;

    let mut groups: Vec<_> = snapshot.groups().iter().collect();
    // A stable sort: among equals the first to run stays first.
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let text = |statement: StatementId| snapshot.tables().statements.get(statement.get());
    let busiest = groups.first().and_then(|group| text(group.statement)).cloned();
    let mut finding = Finding::new(
        &QUERY_BUDGET,
        format!("{}, {over} more than the budget of {most}", counted(evidence.queries, "query")),
        busiest.unwrap_or_else(|| Statement::new("", Dialect::Unknown)),
        Prescription::new("make fewer queries, or raise max_queries where all of them are needed"),
    );
    finding.severity = severity;
    finding.queries = evidence.queries;
    finding.database_time = evidence.database_time;
    finding.sites.extend(groups.first().and_then(|group| group.site.clone()));
    finding.notes.extend(groups.iter().take(NAMED).filter_map(|group| {
        let sql = text(group.statement)?.normalized();
        let shown: String = sql.chars().take(EXCERPT).collect();
        let cut = if shown.len() < sql.len() { "…" } else { "" };
        let place = group.site.as_ref().and_then(|site| site.innermost());
        let place = place.map_or_else(String::new, |frame| format!(" at {}:{}", frame.file, frame.line));
        Some(format!("{}{place}: {shown}{cut}", counted(group.count, "query")))
    }));
    finding.name_key(snapshot.scope());
    Some(finding)
}
