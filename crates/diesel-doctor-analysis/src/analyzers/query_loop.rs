//! The rule that combines the findings of one loop with several queries into one finding.

use std::collections::HashSet;
use std::time::Duration;

use diesel_doctor_sql::{Dialect, Operation, Shape};

use super::Analyzer;
use super::wording::{CANDIDATE, Totals, counted, diesel_name, number, table};
use crate::finding::{Confidence, Finding, Prescription, Rule};
use crate::snapshot::Snapshot;

const RULE: Rule =
    Rule::new("query-loop", "one loop makes several queries in each of its rounds", include_str!("query_loop.md"))
        .puts_together(&PARTS);

/// The rules whose findings are the parts of a loop.
static PARTS: [&str; 2] = ["n-plus-one", "write-in-loop"];

#[expect(rustdoc::invalid_codeblock_attributes, reason = "the blocks are specifications, with attributes of their own")]
#[doc = include_str!("query_loop.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryLoop {
    /// The least number of rounds in which two queries must alternate to count as a loop.
    pub min_rounds: usize,
    /// The least time that these queries must take together.
    pub min_time: Duration,
}

impl QueryLoop {
    /// Fewer rounds than this may be chance. It is the threshold of the rules whose findings are combined.
    pub const ROUNDS: usize = super::NPlusOne::TEST_DISTINCT;

    /// The thresholds for tests: counts only.
    pub const fn for_tests() -> Self {
        Self { min_rounds: Self::ROUNDS, min_time: Duration::ZERO }
    }

    /// The thresholds for production. They equal those for tests, because the combined findings have already passed theirs.
    pub const fn for_production() -> Self {
        Self::for_tests()
    }

    /// Sets the least number of rounds that counts as a loop.
    #[must_use]
    pub const fn min_rounds(mut self, rounds: usize) -> Self {
        self.min_rounds = rounds;
        self
    }

    /// Sets the least time that the queries must take together.
    #[must_use]
    pub const fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }

    /// Whether `others` alternate with `firsts`: at most one after each of them, and at least half as many in total.
    fn take_turns(&self, firsts: &[u32], others: &[u32]) -> bool {
        if others.len() < self.min_rounds || others.len() * 2 < firsts.len() || others.len() > firsts.len() {
            return false;
        }
        let mut others = others.iter().peekable();
        let mut next = firsts.iter().skip(1);
        for first in firsts {
            let end = next.next().copied().unwrap_or(u32::MAX);
            let Some(other) = others.peek() else { return true };
            if **other < *first {
                return false;
            }
            if **other < end {
                others.next();
            }
        }
        others.peek().is_none()
    }

    fn finding(&self, rounds: usize, parts: &[&Finding], totals: &Totals) -> Option<Finding> {
        let (first, _) = parts.split_first()?;
        let elapsed: Duration = parts.iter().map(|part| part.database_time).sum();
        if elapsed < self.min_time {
            return None;
        }
        let queries: u64 = parts.iter().map(|part| part.queries).sum();
        let confidence = parts.iter().map(|part| part.confidence).max().unwrap_or(Confidence::Low);
        let message = format!(
            "{}{} in {} rounds of {}, {}",
            if confidence == Confidence::Low { CANDIDATE } else { "" },
            counted(queries, "query", "queries"),
            number(rounds as u64),
            number(parts.len() as u64),
            totals.share(elapsed),
        );
        let mut finding = Finding::new(&RULE, message, first.statement.clone(), prescription(parts));
        finding.confidence = confidence;
        finding.queries = queries;
        finding.database_time = elapsed;
        finding.sites = parts.iter().filter_map(|part| part.sites.first().cloned()).collect();
        finding.notes = parts.iter().map(|part| part.message.trim_start_matches(CANDIDATE).to_owned()).collect();
        finding.evidence = parts.iter().flat_map(|part| part.evidence.iter().copied()).collect();
        finding.evidence.sort_unstable();
        Some(finding)
    }
}

impl Default for QueryLoop {
    fn default() -> Self {
        Self::for_tests()
    }
}

impl Analyzer for QueryLoop {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>) {
        let totals = Totals::of(snapshot);
        let is_part = |finding: &&Finding| {
            PARTS.contains(&finding.rule.name) && finding.evidence.len() >= self.min_rounds && !finding.sites.is_empty()
        };
        let mut parts: Vec<&Finding> = findings.iter().filter(is_part).collect();
        parts.sort_by_key(|part| part.evidence.first().copied());
        let mut loops: Vec<Finding> = Vec::new();
        while let Some((first, rest)) = parts.split_first() {
            let turns = |part: &&Finding| self.take_turns(&first.evidence, &part.evidence);
            let (turning, others): (Vec<&Finding>, Vec<&Finding>) = rest.iter().copied().partition(turns);
            if !turning.is_empty() {
                let all: Vec<&Finding> = std::iter::once(*first).chain(turning).collect();
                loops.extend(self.finding(first.evidence.len(), &all, &totals));
            }
            parts = others;
        }
        // Remove the parts, which the loop now contains. Each query is evidence for at most one part, so the first query of a part
        // identifies it.
        let taken: HashSet<u32> = loops.iter().flat_map(|found| found.evidence.iter().copied()).collect();
        let is_taken = |finding: &Finding| {
            PARTS.contains(&finding.rule.name) && finding.evidence.first().is_some_and(|query| taken.contains(query))
        };
        findings.retain(|finding| !is_taken(finding));
        findings.extend(loops);
    }
}

fn prescription(parts: &[&Finding]) -> Prescription {
    if let Some(found_or_made) = find_or_make(parts) {
        return found_or_made;
    }
    let codes: Vec<&str> = parts.iter().filter_map(|part| part.prescription.code.as_deref()).collect();
    let advice = Prescription::new("take the loop apart: make each of its queries once, for all rounds");
    if codes.is_empty() { advice } else { advice.code(codes.join("\n")) }
}

/// A prescription for a loop that looks for a row and inserts it when it is missing.
fn find_or_make(parts: &[&Finding]) -> Option<Prescription> {
    let [look, make] = parts else { return None };
    let is = |part: &Finding, operation| part.statement.operation() == operation;
    let name = |part: &Finding| table(part.statement.shape()?, &[]).map(str::to_owned);
    if !is(look, Operation::Select) || !is(make, Operation::Insert) || name(look)? != name(make)? {
        return None;
    }
    let advice = "insert all rows at once, leaving out those that are there, with on_conflict; then load all of them";
    let table = make.statement.shape().and_then(Shape::write_target).and_then(|table| diesel_name(&table.name));
    let (Some(table), Some(load)) = (table, &look.prescription.code) else { return Some(Prescription::new(advice)) };
    let insert = if make.statement.dialect() == Dialect::MySql {
        format!("diesel::insert_or_ignore_into({table}::table).values(&rows).execute(conn)?")
    } else {
        format!("diesel::insert_into({table}::table).values(&rows).on_conflict_do_nothing().execute(conn)?")
    };
    Some(Prescription::new(advice).code(format!("{insert};\n{load}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(firsts: &[u32], others: &[u32], expected: bool) {
        assert_eq!(QueryLoop::for_tests().take_turns(firsts, others), expected, "{firsts:?} {others:?}");
    }

    #[test]
    fn turns_are_taken_one_at_a_time() {
        check(&[0, 2, 4], &[1, 3, 5], true);
        check(&[0, 3, 6, 9], &[2, 8, 11], true);
        check(&[0, 2, 4, 6], &[1, 3, 5], true);
        check(&[0, 1, 2], &[3, 4, 5], false);
        check(&[0, 3, 6], &[1, 2, 4], false);
        check(&[1, 3, 5], &[0, 2, 4], false);
        check(&[0, 2], &[1, 3], false);
        check(&[0, 2, 4, 6, 8, 10, 12], &[1, 3, 5], false);
    }
}
