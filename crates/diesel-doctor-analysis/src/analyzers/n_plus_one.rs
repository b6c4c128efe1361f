//! The rule that finds one query repeated for one key after another.

use std::time::Duration;

use diesel_doctor_sql::{ColumnRef, ColumnRole, Operation, Shape, Statement};

use super::Analyzer;
use super::arguments::{Arguments, By, Limit, Values};
use super::waiting::{is_polling, takes_from_queue};
use super::wording::{self, CANDIDATE, PLACE_UNKNOWN, Totals, counted, diesel_key, number};
use crate::finding::{Confidence, Finding, Prescription, Rule};
use crate::snapshot::{Group, Snapshot};

const RULE: Rule = Rule::new(
    "n-plus-one",
    "one place asks the same question for one key after the other",
    include_str!("n_plus_one.md"),
);

/// Without any call stack, fewer distinct binds than this may come from several places. Then the finding is only a candidate.
const DISTINCT_WITHOUT_PLACE: usize = 10;

#[expect(rustdoc::invalid_codeblock_attributes, reason = "the blocks are specifications, with attributes of their own")]
#[doc = include_str!("n_plus_one.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NPlusOne {
    /// The least number of distinct binds at one place that makes a finding.
    pub min_distinct: usize,
    /// The least time that these queries must take together.
    pub min_time: Duration,
}

impl NPlusOne {
    /// Three, as in django-query-doctor: two may be chance, and test data is small.
    pub const TEST_DISTINCT: usize = 3;
    /// Five, as in Sentry and laravel-query-doctor.
    pub const PRODUCTION_DISTINCT: usize = 5;
    /// Less time than this does not hurt: laravel-query-doctor's bound. Sentry's is 50 ms, over a network.
    pub const PRODUCTION_TIME: Duration = Duration::from_millis(20);

    /// The thresholds for tests: counts only.
    pub const fn for_tests() -> Self {
        Self { min_distinct: Self::TEST_DISTINCT, min_time: Duration::ZERO }
    }

    /// The thresholds for production: counts and time.
    pub const fn for_production() -> Self {
        Self { min_distinct: Self::PRODUCTION_DISTINCT, min_time: Self::PRODUCTION_TIME }
    }

    /// Sets the least number of distinct binds that makes a finding.
    #[must_use]
    pub const fn min_distinct(mut self, distinct: usize) -> Self {
        self.min_distinct = distinct;
        self
    }

    /// Sets the least time that the queries must take together.
    #[must_use]
    pub const fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }

    fn finding(&self, snapshot: &Snapshot, group: &Group, totals: &Totals) -> Option<Finding> {
        let statement = snapshot.tables().statements.get(group.statement.get())?;
        if statement.operation() != Operation::Select || group.query_indices().len() < self.min_distinct {
            return None;
        }
        if group.elapsed < self.min_time || takes_from_queue(statement) {
            return None;
        }
        let arguments = Arguments::of(snapshot, group);
        let confidence = self.confidence(snapshot, statement, &arguments)?;
        let keys = if let By::Keys(keys) = &arguments.by { keys.as_slice() } else { &[] };
        let mut finding = Finding::new(
            &RULE,
            message(statement, group, &arguments, keys, confidence, &totals.share(group.elapsed)),
            statement.clone(),
            prescription(statement, keys, arguments.limit),
        );
        finding.confidence = confidence;
        finding.sites.extend(group.site.clone());
        finding.queries = group.count;
        finding.database_time = group.elapsed;
        finding.notes = notes(group, &arguments, statement.shape(), keys);
        finding.evidence = arguments.answered;
        Some(finding)
    }

    /// How sure it is that these queries ask one question key by key; `None` when they do not.
    fn confidence(&self, snapshot: &Snapshot, statement: &Statement, arguments: &Arguments<'_>) -> Option<Confidence> {
        let enough = arguments.distinct >= self.min_distinct;
        // Hidden bind values may all differ. If they are all the same, the queries are duplicates. Both are worth a finding.
        let may_be = arguments.values == Values::Hidden && arguments.answered.len() >= self.min_distinct;
        if !(enough || may_be) {
            return None;
        }
        if arguments.batched && !(arguments.values == Values::Inlined && has_key(&arguments.by, statement)) {
            return None;
        }
        let mut answered = arguments.answered.iter().filter_map(|&index| snapshot.queries().get(index as usize));
        // Only the first query may lack a stack: with `CallSites::Repeats` stacks are captured from the second run on.
        let without_place = answered.all(|query| query.stack.is_none());
        let weak = match arguments.by {
            By::Window(Limit::Many) => return None,
            By::Window(Limit::None) if is_polling(snapshot, &arguments.answered) => return None,
            By::Window(Limit::None) => true,
            // A query without tables calls a function, such as a lock. It may have no form that takes many keys.
            By::Other => statement.shape().map_or_else(|| is_paged(statement), |shape| shape.tables().is_empty()),
            By::Keys(_) | By::Window(Limit::One) => arguments.batched,
        };
        let weak = weak || !enough || (without_place && arguments.distinct < DISTINCT_WITHOUT_PLACE);
        Some(if weak { Confidence::Low } else { Confidence::High })
    }
}

impl Default for NPlusOne {
    fn default() -> Self {
        Self::for_tests()
    }
}

impl Analyzer for NPlusOne {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>) {
        let totals = Totals::of(snapshot);
        findings.extend(snapshot.groups().iter().filter_map(|group| self.finding(snapshot, group, &totals)));
    }
}

fn has_key(by: &By<'_>, statement: &Statement) -> bool {
    let equals = |shape: &Shape| shape.columns_with(ColumnRole::FilteredEq).next().is_some();
    matches!(by, By::Keys(_)) && statement.shape().is_some_and(equals)
}

/// Whether a text that was not parsed looks like one that reads page by page.
fn is_paged(statement: &Statement) -> bool {
    statement.normalized().split(' ').any(|word| matches!(word, "LIMIT" | "OFFSET" | "FETCH"))
}

fn message(
    statement: &Statement,
    group: &Group,
    arguments: &Arguments<'_>,
    keys: &[&ColumnRef],
    confidence: Confidence,
    time: &str,
) -> String {
    let candidate = if confidence == Confidence::Low { CANDIDATE } else { "" };
    let queries = counted(group.count, "query", "queries");
    let subject = wording::subject("on", statement, keys);
    let at_least = if (group.query_indices().len() as u64) < group.count || arguments.values == Values::Hidden {
        "at least "
    } else {
        ""
    };
    let what = if arguments.values == Values::Inlined { "values" } else { "binds" };
    let distinct = number(arguments.distinct as u64);
    format!("{candidate}{queries}{subject}, {at_least}{distinct} distinct {what}, {time}")
}

fn notes(group: &Group, arguments: &Arguments<'_>, shape: Option<&Shape>, keys: &[&ColumnRef]) -> Vec<String> {
    let mut notes = Vec::new();
    if group.site.is_none() {
        notes.push(PLACE_UNKNOWN.to_owned());
    }
    let repeats = arguments.answered.len() - arguments.distinct;
    if repeats > 0 && arguments.values != Values::Hidden {
        notes.push(format!("{} of them ask again what was asked before", number(repeats as u64)));
    }
    if arguments.values == Values::Hidden {
        notes.push("some binds hide their values: there may be more distinct ones".to_owned());
    }
    if group.failed > 0 {
        notes.push(format!("{} of them failed", number(group.failed)));
    }
    if arguments.values == Values::Inlined {
        notes.push("the values stand in the text of the query: it is not parameterised; use bind values, which cannot be read as SQL".to_owned());
    }
    let is_list = |key: &&ColumnRef| {
        shape.is_some_and(|shape| shape.columns_with(ColumnRole::FilteredIn).any(|column| column == *key))
    };
    if keys.iter().any(is_list) {
        notes.push("the list has one element each time: it is the loop that has to go, not the list".to_owned());
    }
    if !keys.is_empty() && arguments.limit == Limit::Many {
        notes.push(
            "each query has a LIMIT of its own: one query for all keys needs a window function for that".to_owned(),
        );
    }
    notes
}

fn prescription(statement: &Statement, keys: &[&ColumnRef], limit: Limit) -> Prescription {
    let generic = "load the rows for all keys in one query before the loop, with eq_any";
    let (Some(shape), [key]) = (statement.shape(), keys) else {
        return Prescription::new(if keys.is_empty() && limit == Limit::One {
            "load the rows in one query, or in pages of more than one row"
        } else {
            generic
        });
    };
    let Some((table, column, list)) = diesel_key(shape, key) else { return Prescription::new(generic) };
    let filter = format!("{table}::table.filter({table}::{column}.eq_any(&{list}))");
    let normalized = statement.normalized();
    if normalized.starts_with("SELECT EXISTS") {
        let code = format!("{filter}.select({table}::{column}).distinct().load(conn)?");
        return Prescription::new(format!("ask once which {column} exist")).code(code);
    }
    if shape.single_row_aggregate() {
        let advice = format!("aggregate in one query, grouped by {column}");
        let counts = normalized.to_ascii_lowercase().replace(' ', "").contains("count(*)");
        let code =
            format!("{filter}.group_by({table}::{column}).select(({table}::{column}, count_star())).load(conn)?");
        return if counts { Prescription::new(advice).code(code) } else { Prescription::new(advice) };
    }
    let advice = if *column == *"id" || limit == Limit::One {
        format!("load all {table} in one query before the loop, and look them up by {column}")
    } else {
        format!(
            "load the {table} of all {list} in one query, then group them by {column}; belonging_to and grouped_by do both"
        )
    };
    Prescription::new(advice).code(format!("{filter}.load(conn)?"))
}
