//! The rule that finds rows written one by one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use diesel_doctor_sql::{BatchKind, Operation, Shape, Statement};

use super::Analyzer;
use super::arguments::{Arguments, By};
use super::waiting::takes_from_queue;
use super::wording::Totals;
use super::write_wording::{Words, Write};
use crate::finding::{Confidence, Finding, Rule};
use crate::record::SourceFrame;
use crate::snapshot::{Group, Snapshot};

const RULE: Rule =
    Rule::new("write-in-loop", "one place writes one row after the other", include_str!("write_in_loop.md"));

#[expect(rustdoc::invalid_codeblock_attributes, reason = "the blocks are specifications, with attributes of their own")]
#[doc = include_str!("write_in_loop.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteInLoop {
    /// The least number of single-row writes at one place that makes a finding. Updates and deletes need that many distinct binds.
    pub min_rows: usize,
    /// The least time that these writes must take together.
    pub min_time: Duration,
}

impl WriteInLoop {
    /// Three, as for reads: two may be two different tasks.
    pub const TEST_ROWS: usize = 3;
    /// Five, as for reads.
    pub const PRODUCTION_ROWS: usize = 5;
    /// Less time than this does not hurt: the same bound as for reads.
    pub const PRODUCTION_TIME: Duration = super::NPlusOne::PRODUCTION_TIME;

    /// The thresholds for tests: counts only.
    pub const fn for_tests() -> Self {
        Self { min_rows: Self::TEST_ROWS, min_time: Duration::ZERO }
    }

    /// The thresholds for production: counts and time.
    pub const fn for_production() -> Self {
        Self { min_rows: Self::PRODUCTION_ROWS, min_time: Self::PRODUCTION_TIME }
    }

    /// Sets the least number of single-row writes that makes a finding.
    #[must_use]
    pub const fn min_rows(mut self, rows: usize) -> Self {
        self.min_rows = rows;
        self
    }

    /// Sets the least time that the writes must take together.
    #[must_use]
    pub const fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }

    fn finding(&self, snapshot: &Snapshot, group: &Group, queues: &HashSet<&str>, totals: &Totals) -> Option<Finding> {
        let statement = snapshot.tables().statements.get(group.statement.get())?;
        if group.query_indices().len() < self.min_rows || group.elapsed < self.min_time {
            return None;
        }
        let write = match statement.operation() {
            Operation::Insert | Operation::Replace => Write::Insert,
            Operation::Update => Write::Update,
            Operation::Delete => Write::Delete,
            _ => return None,
        };
        // A worker marks the jobs it took off a queue one by one, because it works on one at a time.
        let target = statement.shape().and_then(Shape::write_target);
        if write != Write::Insert && target.is_some_and(|table| queues.contains(table.name.as_str())) {
            return None;
        }
        let arguments = Arguments::of(snapshot, group);
        let confidence = match write {
            Write::Insert => self.of_inserts(snapshot, statement, group, &arguments),
            Write::Update | Write::Delete => self.of_changes(statement, &arguments),
        }?;
        let keys = match (&arguments.by, write) {
            (By::Keys(keys), Write::Update | Write::Delete) => keys.as_slice(),
            _ => &[],
        };
        let words = Words { totals, statement, group, arguments: &arguments, write, keys, confidence };
        let mut finding = Finding::new(&RULE, words.message(), statement.clone(), words.prescription());
        finding.notes = words.notes();
        if write == Write::Insert && keys_are_read_back(snapshot, &arguments.answered) {
            finding
                .notes
                .push("the key of each row is read back: where the next write needs it, there is no batch".to_owned());
        }
        finding.confidence = confidence;
        finding.sites.extend(group.site.clone());
        finding.queries = group.count;
        finding.database_time = group.elapsed;
        finding.evidence = arguments.answered;
        Some(finding)
    }

    fn of_inserts(
        &self,
        snapshot: &Snapshot,
        statement: &Statement,
        group: &Group,
        arguments: &Arguments<'_>,
    ) -> Option<Confidence> {
        let sample = |index: &&u32| {
            snapshot.queries().get(**index as usize).is_some_and(|query| inserts_one_row(snapshot.statement(query)))
        };
        let single = arguments.answered.iter().filter(sample).count();
        if single < self.min_rows || single * 2 <= arguments.answered.len() {
            return None;
        }
        let returns =
            statement.shape().is_none_or(Shape::returning) || keys_are_read_back(snapshot, &arguments.answered);
        Some(if group.split_by_diesel || returns { Confidence::Low } else { Confidence::High })
    }

    fn of_changes(&self, statement: &Statement, arguments: &Arguments<'_>) -> Option<Confidence> {
        if arguments.distinct < self.min_rows || arguments.batched {
            return None;
        }
        match &arguments.by {
            By::Keys(_) => Some(Confidence::High),
            By::Other if statement.shape().is_none() => Some(Confidence::Low),
            By::Other | By::Window(_) => None,
        }
    }
}

impl Default for WriteInLoop {
    fn default() -> Self {
        Self::for_tests()
    }
}

impl Analyzer for WriteInLoop {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>) {
        let (queues, totals) = (queues(snapshot), Totals::of(snapshot));
        let places = places(snapshot);
        findings.extend(places.iter().filter_map(|group| self.finding(snapshot, group, &queues, &totals)));
    }
}

/// The groups, where all inserts into one table from one place are one group. Rows that leave out other columns have another
/// statement, but come from the same loop.
fn places(snapshot: &Snapshot) -> Vec<Cow<'_, Group>> {
    let mut places: Vec<Cow<'_, Group>> = Vec::with_capacity(snapshot.groups().len());
    let mut inserts: HashMap<(&str, &[SourceFrame], bool), usize> = HashMap::new();
    for group in snapshot.groups() {
        let statement = snapshot.tables().statements.get(group.statement.get());
        let inserted = statement
            .filter(|statement| matches!(statement.operation(), Operation::Insert | Operation::Replace))
            .and_then(|statement| statement.shape()?.write_target());
        let (Some(table), Some(site)) = (inserted, &group.site) else {
            places.push(Cow::Borrowed(group));
            continue;
        };
        let known = inserts.entry((table.name.as_str(), &*site.frames, group.split_by_diesel)).or_insert(places.len());
        match places.get_mut(*known) {
            Some(place) => {
                let place = place.to_mut();
                place.count += group.count;
                place.failed += group.failed;
                place.elapsed += group.elapsed;
                place.queries.extend(&group.queries);
                place.queries.sort_unstable();
            }
            None => places.push(Cow::Borrowed(group)),
        }
    }
    places
}

/// The tables that are used as queues: some query takes unlocked rows from them.
fn queues(snapshot: &Snapshot) -> HashSet<&str> {
    let statements =
        snapshot.groups().iter().filter_map(|group| snapshot.tables().statements.get(group.statement.get()));
    let shapes = statements.filter(|statement| takes_from_queue(statement)).filter_map(Statement::shape);
    shapes.flat_map(Shape::tables).map(|table| table.name.as_str()).collect()
}

/// Functions that read the key of the last inserted row: on MariaDB and MySQL, on SQLite, on PostgreSQL.
const READS_LAST_KEY: [&str; 4] = ["LAST_INSERT_ID", "last_insert_rowid", "lastval", "currval"];

/// How many queries after an insert are searched for the next one on the same connection.
const LOOK_AHEAD: usize = 16;

/// Whether most of these inserts are followed, on their connection, by a query that reads the key of the new row.
fn keys_are_read_back(snapshot: &Snapshot, inserts: &[u32]) -> bool {
    let read_back = |index: &&u32| {
        let mut queries = snapshot.queries().iter().skip(**index as usize);
        let Some(insert) = queries.next() else { return false };
        let next = queries.take(LOOK_AHEAD).find(|query| query.connection == insert.connection);
        next.is_some_and(|next| {
            let mut words =
                snapshot.statement(next).normalized().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.any(|word| READS_LAST_KEY.iter().any(|function| word.eq_ignore_ascii_case(function)))
        })
    };
    inserts.iter().filter(read_back).count() * 2 > inserts.len()
}

/// Whether an insert has one row of values. Several rows, or rows that come from a query, are a batch.
fn inserts_one_row(statement: &Statement) -> bool {
    let of_shape = |shape: &Shape| shape.batched().is_some_and(|batch| batch.kind == BatchKind::MultiRowValues);
    let several = match statement.shape() {
        Some(shape) => of_shape(shape),
        None => statement.list_lengths().first().is_some_and(|&rows| rows > 1),
    };
    let mut words = statement.normalized().split(' ');
    !several && !words.any(|word| word == "SELECT")
}
