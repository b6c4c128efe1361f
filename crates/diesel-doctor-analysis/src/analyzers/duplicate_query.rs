//! The rule that finds reads whose answer the program already had.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use diesel_doctor_sql::{ColumnRef, Fingerprint};

use super::Analyzer;
use super::connected::Connected;
use super::freshness::Freshness;
use super::waiting::is_polling;
use super::wording::{self, CANDIDATE, Totals, counted, number};
use crate::finding::{Confidence, Finding, Prescription, Rule};
use crate::record::{CallSite, Outcome, QueryKind, QueryRecord};
use crate::snapshot::{Group, Snapshot};

const RULE: Rule =
    Rule::new("duplicate-query", "a query whose answer the program already had", include_str!("duplicate_query.md"))
        .yields_to(&["n-plus-one", "query-loop"]);

#[expect(rustdoc::invalid_codeblock_attributes, reason = "the blocks are specifications, with attributes of their own")]
#[doc = include_str!("duplicate_query.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateQuery {
    /// The least number of equal queries that makes a finding, the first one included.
    pub min_repeats: usize,
    /// The least time that these queries must take together.
    pub min_time: Duration,
}

impl DuplicateQuery {
    /// Two: the second query is already unnecessary. Truta446's nplusone counts the same way.
    pub const REPEATS: usize = 2;
    /// Less time than this does not hurt: the same bound as for loops.
    pub const PRODUCTION_TIME: Duration = super::NPlusOne::PRODUCTION_TIME;

    /// The thresholds for tests: counts only.
    pub const fn for_tests() -> Self {
        Self { min_repeats: Self::REPEATS, min_time: Duration::ZERO }
    }

    /// The thresholds for production: counts and time.
    pub const fn for_production() -> Self {
        Self { min_repeats: Self::REPEATS, min_time: Self::PRODUCTION_TIME }
    }

    /// Sets the least number of equal queries that makes a finding.
    #[must_use]
    pub const fn min_repeats(mut self, repeats: usize) -> Self {
        self.min_repeats = repeats;
        self
    }

    /// Sets the least time that the queries must take together.
    #[must_use]
    pub const fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }
}

impl Default for DuplicateQuery {
    fn default() -> Self {
        Self::for_tests()
    }
}

impl Analyzer for DuplicateQuery {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>) {
        let explained: HashSet<u32> = findings
            .iter()
            .filter(|finding| RULE.yields_to.contains(&finding.rule.name))
            .flat_map(|finding| finding.evidence.iter().copied())
            .collect();
        let scope = Scope::of(snapshot);
        let mut runs = runs(snapshot, &explained);
        runs.retain(|run| run.len() >= self.min_repeats.max(2) && !scope.is_waiting(run));
        findings.extend(scope.connected(runs).into_iter().filter_map(|repeats| repeats.finding(&scope, self)));
    }
}

/// Equal reads in the order in which they started. Nothing between them could have changed the answer.
type Run = Vec<u32>;

/// Identifies a question: fingerprint, database, session settings and arguments. Two reads with the same key ask the same data for
/// the same thing.
type Question = (Fingerprint, u32, u64, u64);

/// All runs of reads that no other rule has explained. A run may hold a single read.
fn runs(snapshot: &Snapshot, explained: &HashSet<u32>) -> Vec<Run> {
    let mut freshness = Freshness::of(snapshot);
    let mut runs: Vec<Run> = Vec::new();
    let mut latest: HashMap<Question, usize> = HashMap::new();
    for (index, query) in snapshot.queries().iter().enumerate() {
        freshness.see(query);
        let is_ended = query.kind == QueryKind::User && query.outcome != Outcome::Unfinished;
        if !is_ended || explained.contains(&(index as u32)) || !freshness.is_repeatable(query) {
            continue;
        }
        let question = (
            snapshot.statement(query).fingerprint(),
            freshness.database(query),
            freshness.settings(query),
            snapshot.argument_identity(query),
        );
        if query.outcome != Outcome::Ok {
            // The query failed, so the next equal one is a second attempt, not a repetition.
            latest.remove(&question);
            continue;
        }
        let run = latest.get(&question).copied();
        let last = run.and_then(|run| runs.get(run)?.last().copied());
        match (run.and_then(|run| runs.get_mut(run)), last) {
            (Some(run), Some(last)) if !freshness.has_changed_since(query, last) => run.push(index as u32),
            _ => {
                latest.insert(question, runs.len());
                runs.push(vec![index as u32]);
            }
        }
    }
    runs
}

/// The runs of one statement on one database whose places are connected: each run shares a place with another.
#[derive(Default)]
struct Repeats {
    certain: Vec<Run>,
    /// Repeated only across transactions. A new transaction may have to ask again.
    in_other_transactions: Vec<Run>,
}

/// A snapshot, and where each of its queries was made.
struct Scope<'a> {
    snapshot: &'a Snapshot,
    totals: Totals,
    /// For each query the number of its group.
    group_of: Vec<Option<u32>>,
}

impl<'a> Scope<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut group_of = vec![None; snapshot.queries().len()];
        for (number, group) in snapshot.groups().iter().enumerate() {
            for &query in group.query_indices() {
                if let Some(of_query) = group_of.get_mut(query as usize) {
                    *of_query = Some(number as u32);
                }
            }
        }
        Self { snapshot, totals: Totals::of(snapshot), group_of }
    }

    fn group(&self, query: u32) -> Option<u32> {
        self.group_of.get(query as usize).copied().flatten()
    }

    /// The places that made these queries, in the order in which each first asked.
    fn groups(&self, queries: &[u32]) -> Vec<&'a Group> {
        let mut numbers: Vec<u32> = queries.iter().filter_map(|&query| self.group(query)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.iter().filter_map(|&number| self.snapshot.groups().get(number as usize)).collect()
    }

    /// How many queries these samples stand for, and their total time. Exact counts are used when the samples are all that their
    /// places have.
    fn exact(&self, samples: &[u32], groups: &[&Group]) -> (u64, Duration) {
        if groups.iter().map(|group| group.query_indices().len()).sum::<usize>() == samples.len() {
            return (groups.iter().map(|group| group.count).sum(), groups.iter().map(|group| group.elapsed).sum());
        }
        let records = samples.iter().filter_map(|&index| self.snapshot.queries().get(index as usize));
        (samples.len() as u64, records.map(|query| query.elapsed).sum())
    }

    /// Whether one place asks again and again because it polls for another answer.
    fn is_waiting(&self, run: &[u32]) -> bool {
        let first = run.first().and_then(|&query| self.group(query));
        run.iter().all(|&query| self.group(query) == first) && is_polling(self.snapshot, run)
    }

    /// Merges the runs whose places are connected.
    fn connected(&self, runs: Vec<Run>) -> Vec<Repeats> {
        let group = |query: u32| self.group(query).unwrap_or(0);
        // A group has one statement and one database, so connecting groups connects places.
        let mut connected = Connected::new(self.snapshot.groups().len());
        for run in &runs {
            for pair in run.windows(2) {
                if let [one, next] = *pair {
                    connected.join(group(one), group(next));
                }
            }
        }
        let mut repeats: BTreeMap<u32, Repeats> = BTreeMap::new();
        for run in runs {
            let Some(&first) = run.first() else { continue };
            let place = repeats.entry(connected.root(group(first))).or_default();
            if repeats_within_a_transaction(self.snapshot, &run) {
                place.certain.push(run);
            } else {
                place.in_other_transactions.push(run);
            }
        }
        repeats.into_values().collect()
    }
}

/// Whether two of the reads were made outside transactions, or in the same one.
fn repeats_within_a_transaction(snapshot: &Snapshot, run: &[u32]) -> bool {
    let mut seen = HashSet::with_capacity(run.len());
    let context = |query: &QueryRecord| (query.transaction > 0).then_some((query.connection, query.transaction));
    !run.iter().filter_map(|&index| snapshot.queries().get(index as usize)).all(|query| seen.insert(context(query)))
}

impl Repeats {
    fn finding(self, scope: &Scope<'_>, rule: &DuplicateQuery) -> Option<Finding> {
        let Self { certain, in_other_transactions } = self;
        let (runs, confidence, elsewhere) = if certain.is_empty() {
            (in_other_transactions, Confidence::Low, 0)
        } else {
            (certain, Confidence::High, in_other_transactions.len() as u64)
        };
        let mut evidence: Vec<u32> = runs.iter().flatten().copied().collect();
        evidence.sort_unstable();
        let groups = scope.groups(&evidence);
        let (count, elapsed) = scope.exact(&evidence, &groups);
        if elapsed < rule.min_time {
            return None;
        }
        let statement = scope.snapshot.statement(scope.snapshot.queries().get(*evidence.first()? as usize)?);
        let sites: Vec<CallSite> = groups.iter().filter_map(|group| group.site.clone()).collect();

        let candidate = if confidence == Confidence::Low { CANDIDATE } else { "" };
        let at_least = if scope.totals.sampled { "at least " } else { "" };
        let repeats = evidence.len() as u64 - runs.len() as u64;
        let verb = if repeats == 1 { "repeats" } else { "repeat" };
        let keys: Vec<&ColumnRef> =
            statement.shape().map_or_else(Vec::new, |shape| shape.key_filters().iter().collect());
        let subject = wording::subject("on", statement, &keys);
        let sets =
            if runs.len() > 1 { format!(" with {} sets of binds", number(runs.len() as u64)) } else { String::new() };
        let message = format!(
            "{candidate}{at_least}{} of {}{subject} {verb} one before{sets}, {}",
            number(repeats),
            counted(count, "query", "queries"),
            scope.totals.share(elapsed)
        );

        let mut finding = Finding::new(&RULE, message, statement.clone(), prescription(&sites));
        finding.confidence = confidence;
        finding.queries = count;
        finding.database_time = elapsed;
        if confidence == Confidence::Low {
            finding.notes.push("each is in a transaction of its own, which may have to look again".to_owned());
        }
        if elsewhere > 0 {
            let sets = counted(elsewhere, "more set of binds is", "more sets of binds are");
            finding.notes.push(format!("{sets} repeated by other transactions only"));
        }
        finding.sites = sites;
        finding.evidence = evidence;
        Some(finding)
    }
}

fn prescription(sites: &[CallSite]) -> Prescription {
    Prescription::new(if sites.len() > 1 {
        "load it once and pass the result to all places"
    } else {
        "load it once before, and use the result again"
    })
}
