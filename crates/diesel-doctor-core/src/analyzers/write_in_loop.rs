//! The rule that finds rows written one by one.

use std::collections::HashSet;
use std::time::Duration;

use diesel_doctor_sql::{BatchKind, ColumnRef, ColumnRole, Dialect, Operation, Shape, Statement};

use super::Analyzer;
use super::arguments::{Arguments, By, Values};
use super::waiting::takes_from_queue;
use super::wording::{self, CANDIDATE, PLACE_UNKNOWN, Totals, counted, diesel_key, diesel_name, number};
use crate::finding::{Finding, Prescription};
use crate::group::Group;
use crate::rule::{Confidence, Rule};
use crate::snapshot::Snapshot;

const RULE: Rule =
    Rule::new("write-in-loop", "one place writes one row after the other", include_str!("write_in_loop.md"));

#[expect(rustdoc::invalid_codeblock_attributes, reason = "the blocks are specifications, with attributes of their own")]
#[doc = include_str!("write_in_loop.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteInLoop {
    /// From how many single-row writes at one place on there is a finding; updates and deletes need as many distinct binds.
    pub min_rows: usize,
    /// How long these writes must have taken together.
    pub min_time: Duration,
}

impl WriteInLoop {
    /// From three on, like reads: two may be two different things.
    pub const TEST_ROWS: usize = 3;
    /// From five on, like reads.
    pub const PRODUCTION_ROWS: usize = 5;
    /// Below this a loop does not hurt; the bound for reads.
    pub const PRODUCTION_TIME: Duration = super::NPlusOne::PRODUCTION_TIME;

    /// The thresholds for tests: counts only.
    pub const fn for_tests() -> Self {
        Self { min_rows: Self::TEST_ROWS, min_time: Duration::ZERO }
    }

    /// The thresholds for production: counts and time.
    pub const fn for_production() -> Self {
        Self { min_rows: Self::PRODUCTION_ROWS, min_time: Self::PRODUCTION_TIME }
    }

    /// Sets from how many single-row writes on there is a finding.
    #[must_use]
    pub const fn min_rows(mut self, rows: usize) -> Self {
        self.min_rows = rows;
        self
    }

    /// Sets how long the writes must have taken together.
    #[must_use]
    pub const fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }

    fn finding(&self, snapshot: &Snapshot, group: &Group, queues: &HashSet<&str>, totals: &Totals) -> Option<Finding> {
        let statement = snapshot.statements.get(group.statement.0 as usize)?;
        if group.query_indices().len() < self.min_rows || group.elapsed < self.min_time {
            return None;
        }
        let write = match statement.operation() {
            Operation::Insert | Operation::Replace => Write::Insert,
            Operation::Update => Write::Update,
            Operation::Delete => Write::Delete,
            _ => return None,
        };
        // A worker that marks the jobs it took off a queue writes one at a time because it works one at a time.
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
        let returns = statement.shape().is_none_or(Shape::returning);
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
        findings.extend(snapshot.groups().iter().filter_map(|group| self.finding(snapshot, group, &queues, &totals)));
    }
}

/// The tables from which somebody takes rows that nobody else has locked.
fn queues(snapshot: &Snapshot) -> HashSet<&str> {
    let statements = snapshot.groups().iter().filter_map(|group| snapshot.statements.get(group.statement.0 as usize));
    let shapes = statements.filter(|statement| takes_from_queue(statement)).filter_map(Statement::shape);
    shapes.flat_map(Shape::tables).map(|table| table.name.as_str()).collect()
}

/// Whether an insert has one row of values: several rows, and rows that come from a query, are a batch.
fn inserts_one_row(statement: &Statement) -> bool {
    let of_shape = |shape: &Shape| shape.batched().is_some_and(|batch| batch.kind == BatchKind::MultiRowValues);
    let several = match statement.shape() {
        Some(shape) => of_shape(shape),
        None => statement.list_lengths().first().is_some_and(|&rows| rows > 1),
    };
    let mut words = statement.normalized().split(' ');
    !several && !words.any(|word| word == "SELECT")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Insert,
    Update,
    Delete,
}

/// What the parts of a finding are made of.
struct Words<'a> {
    totals: &'a Totals,
    statement: &'a Statement,
    group: &'a Group,
    arguments: &'a Arguments<'a>,
    write: Write,
    keys: &'a [&'a ColumnRef],
    confidence: Confidence,
}

impl Words<'_> {
    fn message(&self) -> String {
        let count = self.group.count;
        let time = self.totals.share(self.group.elapsed);
        let subject = |preposition| wording::subject(preposition, self.statement, self.keys);
        if self.group.split_by_diesel {
            return format!(
                "{}{} that Diesel made of one call, {time}",
                counted(count, "insert", "inserts"),
                subject("into")
            );
        }
        let candidate = if self.confidence == Confidence::Low { CANDIDATE } else { "" };
        let what = match self.write {
            Write::Insert => {
                format!("{}{}", counted(count, "single-row insert", "single-row inserts"), subject("into"))
            }
            Write::Update => format!("{}{}", counted(count, "update", "updates"), subject("of")),
            Write::Delete => format!("{}{}", counted(count, "delete", "deletes"), subject("from")),
        };
        let at_least = if (self.group.query_indices().len() as u64) < count { "at least " } else { "" };
        let distinct = match self.write {
            Write::Insert => String::new(),
            _ => format!(", {at_least}{} distinct binds", number(self.arguments.distinct as u64)),
        };
        format!("{candidate}{what}{distinct}, {time}")
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.group.split_by_diesel {
            notes.push("SQLite has no DEFAULT in VALUES: where a row may leave a column out, Diesel inserts row by row, in a transaction".to_owned());
        }
        if self.group.site.is_none() {
            notes.push(PLACE_UNKNOWN.to_owned());
        }
        if self.group.failed > 0 {
            notes.push(format!("{} of them failed", number(self.group.failed)));
        }
        if self.write == Write::Insert && self.returns() {
            notes.push("each returns a row: where the next write needs it, there is no batch".to_owned());
        }
        if self.arguments.values == Values::Inlined && self.write != Write::Insert {
            notes.push("the values stand in the text of the query: it is not parameterised; use bind values, which cannot be read as SQL".to_owned());
        }
        notes
    }

    fn returns(&self) -> bool {
        !self.group.split_by_diesel && self.statement.shape().is_some_and(Shape::returning)
    }

    fn prescription(&self) -> Prescription {
        match self.write {
            Write::Insert => self.for_inserts(),
            Write::Delete => self.for_deletes(),
            Write::Update => self.for_updates(),
        }
    }

    fn for_inserts(&self) -> Prescription {
        if self.group.split_by_diesel {
            let advice =
                "give every column a value: on the Insertable struct, let None mean NULL instead of the default";
            return Prescription::new(advice).code("#[diesel(treat_none_as_default_value = false)]");
        }
        let advice = "collect the rows and insert them all at once, in chunks where there are thousands";
        let table = self.statement.shape().and_then(|shape| diesel_name(wording::table(shape, &[])?));
        let Some(table) = table else { return Prescription::new(advice) };
        let conflict =
            if self.statement.shape().is_some_and(Shape::on_conflict) { "/* .on_conflict as it is */" } else { "" };
        let end = if self.returns() { "get_results" } else { "execute" };
        Prescription::new(advice)
            .code(format!("diesel::insert_into({table}::table).values(&rows){conflict}.{end}(conn)?"))
    }

    fn for_deletes(&self) -> Prescription {
        let advice = "delete the rows of all keys at once, with eq_any";
        let code = self.filtered().map(|(filtered, ..)| format!("diesel::delete({filtered}).execute(conn)?"));
        code.map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code))
    }

    fn for_updates(&self) -> Prescription {
        if self.arguments.assigns_others {
            let advice = "write the rows with their new values at once, with an upsert; or update the keys of equal values together";
            return self
                .upsert()
                .map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code));
        }
        let advice = "update the rows of all keys at once, with eq_any";
        let code = self
            .filtered()
            .map(|(filtered, ..)| format!("diesel::update({filtered}).set(/* as it is */).execute(conn)?"));
        code.map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code))
    }

    /// `users::table.filter(users::id.eq_any(&ids))`, its table and its key.
    fn filtered(&self) -> Option<(String, String, String)> {
        let ([key], shape) = (self.keys, self.statement.shape()?) else { return None };
        let (table, column, list) = diesel_key(shape, key)?;
        // Other conditions stay as they are in the user's code; only a plain key is written out in full.
        shape.single_key().or_else(|| shape.columns_with(ColumnRole::FilteredIn).next())?;
        Some((
            format!("{table}::table.filter({table}::{column}.eq_any(&{list}))"),
            table.into_owned(),
            column.into_owned(),
        ))
    }

    fn upsert(&self) -> Option<String> {
        if self.statement.dialect() == Dialect::MySql {
            return None;
        }
        let (_, table, key) = self.filtered()?;
        let written = self.statement.shape()?.columns_with(ColumnRole::Written);
        let sets: Option<Vec<String>> = written
            .map(|column| {
                let column = diesel_name(&column.name)?;
                Some(format!("{table}::{column}.eq(excluded({table}::{column}))"))
            })
            .collect();
        let sets = match sets?.as_slice() {
            [] => return None,
            [set] => set.clone(),
            sets => format!("({})", sets.join(", ")),
        };
        Some(format!(
            "diesel::insert_into({table}::table).values(&rows)\n    .on_conflict({table}::{key}).do_update().set({sets})\n    .execute(conn)?"
        ))
    }
}
