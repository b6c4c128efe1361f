//! From a closed recording to its report: resolve, analyse, judge.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_doctor_analysis::words::counted;
use diesel_doctor_analysis::{
    BindReading, ConnectionEvidence, Ending, Evidence, Finding, Report, ReportParts, Snapshot, Statement, Tables,
    diagnose, shielded,
};
use diesel_doctor_sql::Level;

use super::sites::{self, Sites};
use crate::doctor::configuration_error;
use crate::doctor::counters::COUNTERS;
use crate::doctor::inside::{Inside, inside, run_inside};
use crate::recording::Recording;
use crate::scope::ScopeState;

/// A scope that has ended and whose report is not made yet.
#[derive(Debug)]
pub(crate) struct Ended {
    scope: Arc<ScopeState>,
    recording: Recording,
    elapsed: Duration,
    unscoped_meanwhile: u64,
    ending: Ending,
}

impl Ended {
    pub(crate) fn new(scope: &Arc<ScopeState>, recording: Recording, ending: Ending) -> Self {
        let elapsed = scope.since_opened(Instant::now());
        let unscoped_meanwhile = scope.unscoped_meanwhile();
        Self { scope: Arc::clone(scope), recording, elapsed, unscoped_meanwhile, ending }
    }

    pub(crate) fn scope(&self) -> &Arc<ScopeState> {
        &self.scope
    }

    /// The approximate memory that it holds until then, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let Recording { texts, stacks, queries, tallies, bind_facts, .. } = &self.recording;
        size_of_val(queries.as_slice())
            + size_of_val(bind_facts.as_slice())
            + size_of_val(tallies.as_slice())
            + texts.iter().map(|text| text.sql.len()).sum::<usize>()
            + stacks.iter().map(|stack| size_of_val(&**stack)).sum::<usize>()
    }

    /// Makes the report.
    pub(crate) fn report(self) -> Report {
        if inside() == Inside::Analyzer {
            // The analysis would come to the same analyzer.
            return not_analysed(self, "an analyzer made it");
        }
        let Self { scope, recording, elapsed, unscoped_meanwhile, ending } = self;
        let mut evidence = count(&scope, &recording);
        let blank = ReportParts { unscoped_meanwhile, ..blank(&scope, elapsed, evidence.clone(), ending) };

        // A panic in here would be ours, or an analyzer's: it must not reach the program, and the report must still come.
        let diagnosed = shielded(|| findings(&scope, recording, elapsed, ending, &mut evidence));
        if let Some(findings) = diagnosed {
            return Report::from_parts(ReportParts { findings, evidence, ..blank });
        }
        COUNTERS.shielded_panics.add(1);
        let mut parts = blank;
        parts.evidence.shielded_panics += 1;
        parts.evidence.unexamined = parts.evidence.queries;
        parts.evidence.notes.push("the analysis panicked: please report it".to_owned());
        Report::from_parts(parts)
    }

    /// Returns the scope as analyzers see it, with every call site resolved, and a report without an analysis.
    pub(crate) fn resolve(self) -> (Report, Snapshot) {
        let Self { scope, recording, elapsed, ending, .. } = self;
        let mut evidence = count(&scope, &recording);
        let snapshot = snapshot(&scope, recording, elapsed, Resolve::All, &mut evidence);
        (Report::from_parts(blank(&scope, elapsed, evidence, ending)), snapshot)
    }
}

/// The report of a scope that is not analysed, and why: its counts, and that no rule has seen anything.
pub(super) fn not_analysed(ended: Ended, reason: &str) -> Report {
    let Ended { scope, recording, elapsed, unscoped_meanwhile, ending } = ended;
    let evidence = unexamined(count(&scope, &recording), reason);
    Report::from_parts(ReportParts { unscoped_meanwhile, ..blank(&scope, elapsed, evidence, ending) })
}

/// The same of a scope whose recording is in other hands, by what is known of it at once.
pub(super) fn not_analysed_in_time(ended: &Ended) -> Report {
    let Ended { scope, recording, elapsed, unscoped_meanwhile, ending } = ended;
    let evidence = unexamined(totals(scope, recording), "it took too long");
    let parts = blank(scope, *elapsed, evidence, *ending);
    Report::from_parts(ReportParts { unscoped_meanwhile: *unscoped_meanwhile, ..parts })
}

fn unexamined(mut evidence: Evidence, reason: &str) -> Evidence {
    evidence.unexamined = evidence.queries.max(1);
    evidence.notes.push(format!("the scope was not analysed: {reason}"));
    evidence
}

/// The report of a scope whose recording was lost to a panic.
pub(crate) fn lost(scope: &ScopeState) -> Report {
    let notes = vec!["the report was lost to a panic: please report it".to_owned()];
    let mut evidence = Evidence::default();
    evidence.unexamined = 1;
    evidence.shielded_panics = 1;
    evidence.notes = notes;
    Report::from_parts(blank(scope, Duration::ZERO, evidence, Ending::Closed))
}

/// A report without findings.
fn blank(scope: &ScopeState, elapsed: Duration, evidence: Evidence, ending: Ending) -> ReportParts {
    ReportParts { elapsed, evidence, is_inner: scope.is_inner(), ..ReportParts::new(scope.name(), ending) }
}

/// Which call sites to resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolve {
    /// Those that analyzers may ask for.
    Needed,
    All,
}

fn snapshot(
    scope: &ScopeState,
    recording: Recording,
    elapsed: Duration,
    which: Resolve,
    evidence: &mut Evidence,
) -> Snapshot {
    let statements: Vec<Statement> =
        recording.texts.iter().map(|text| Statement::new(&text.sql, text.dialect)).collect();
    evidence.not_parsed = statements.iter().filter(|statement| statement.level() != Level::Parsed).count() as u64;
    COUNTERS.not_parsed.add(evidence.not_parsed);

    let needed = match which {
        Resolve::Needed => sites::needed(&recording, &statements),
        Resolve::All => vec![true; recording.stacks.len()],
    };
    let Sites { stacks, evidence: call_sites } =
        sites::resolve(&recording.stacks, &needed, scope.doctor().call_sites());
    evidence.call_sites = call_sites;
    evidence.call_sites.captured = recording.stacks.len() as u64;

    Snapshot::new(Tables {
        scope: scope.name().to_owned(),
        elapsed,
        connections: recording.connections.into_iter().map(|(connection, _)| connection).collect(),
        statements,
        stacks,
        bind_facts: recording.bind_facts,
        queries: recording.queries,
        tallies: recording.tallies,
    })
}

fn findings(
    scope: &ScopeState,
    recording: Recording,
    elapsed: Duration,
    ending: Ending,
    evidence: &mut Evidence,
) -> Vec<Finding> {
    let snapshot = snapshot(scope, recording, elapsed, Resolve::Needed, evidence);
    let before = evidence.shielded_panics;
    let rulebook = scope.doctor().rulebook();
    let findings = run_inside(Inside::Analyzer, || diagnose(&snapshot, rulebook, scope.rules(), ending, evidence));
    COUNTERS.shielded_panics.add(evidence.shielded_panics.saturating_sub(before));
    findings
}

/// What is known of the recording, for a report; the process counts what was dropped.
fn count(scope: &ScopeState, recording: &Recording) -> Evidence {
    COUNTERS.dropped.add(recording.totals.dropped);
    let mut evidence = totals(scope, recording);
    evidence.blinded_before = scope.dropped_before().iter().filter(|dropped| dropped.is_loss()).count() as u64;
    evidence.blinded = recording.drops.iter().filter(|dropped| dropped.is_loss()).count() as u64;
    evidence
}

/// What is known of the recording without resolving a call stack.
fn totals(scope: &ScopeState, recording: &Recording) -> Evidence {
    let totals = &recording.totals;
    let connections = recording.connections.iter();
    let mut evidence = Evidence::default();
    evidence.profile = scope.doctor().profile().unwrap_or_default();
    evidence.connections = connections
        .map(|(connection, queries)| ConnectionEvidence::new(connection.label(), connection.dialect, *queries))
        .collect();
    evidence.queries = totals.user;
    evidence.transaction_statements = totals.transaction;
    evidence.pings = totals.ping;
    evidence.setup_statements = totals.setup;
    evidence.type_lookups = totals.type_lookup;
    evidence.unfinished = totals.started().saturating_sub(totals.finished);
    evidence.failed = totals.failed;
    evidence.unbuildable = totals.unbuildable;
    evidence.late = scope.late();
    evidence.deeper_scopes = scope.deeper();
    evidence.dropped = totals.dropped;
    evidence.unexamined = totals.unexamined;
    evidence.shielded_panics = totals.shielded_panics;
    evidence.database_time = totals.elapsed;
    evidence.warnings = warnings(scope);
    evidence.notes = notes(scope, recording);
    evidence
}

/// Mistakes that the user has to fix.
fn warnings(scope: &ScopeState) -> Vec<String> {
    let mut warnings: Vec<String> = configuration_error().into_iter().collect();
    if scope.held_guards() > 0 {
        let guards = counted(scope.held_guards(), "guard");
        warnings.push(format!(
            "{guards} of enter() held over an await: what came after the await counted in the scope of the task; use with_scope(&scope) on the future instead"
        ));
    }
    warnings
}

/// Other facts that the reader must know, one line each.
fn notes(scope: &ScopeState, recording: &Recording) -> Vec<String> {
    let mut notes = Vec::new();
    if scope.doctor().bind_reading() == BindReading::Off {
        notes.push(
            "binds are not read, as the settings say: no rule can tell questions apart by their values".to_owned(),
        );
    }
    let drivers = recording.connections.iter().filter_map(|(connection, _)| connection.driver.time_note());
    for note in drivers {
        if !notes.iter().any(|known| known == note) {
            notes.push(note.to_owned());
        }
    }
    notes
}
