//! From a closed recording to its report: resolve, analyse, judge.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_doctor_sql::{Level, Statement};

use crate::blinding;
use crate::budget;
use crate::evidence::{CallSiteEvidence, ConnectionEvidence, Evidence};
use crate::health::COUNTERS;
use crate::judge::judge;
use crate::recording::Recording;
use crate::report::{Ending, Report, counted};
use crate::scope::Inner;
use crate::sites::{self, Sites};
use crate::snapshot::Snapshot;

/// A scope that has ended, whose report is still to be made.
#[derive(Debug)]
pub(crate) struct Ended {
    scope: Arc<Inner>,
    recording: Recording,
    elapsed: Duration,
    unscoped_meanwhile: u64,
    ending: Ending,
}

impl Ended {
    pub(crate) fn new(scope: &Arc<Inner>, recording: Recording, ending: Ending) -> Self {
        let elapsed = scope.since_opened(Instant::now());
        let unscoped_meanwhile = scope.unscoped_meanwhile();
        Self { scope: Arc::clone(scope), recording, elapsed, unscoped_meanwhile, ending }
    }

    pub(crate) fn scope(&self) -> &Arc<Inner> {
        &self.scope
    }

    /// About how much memory it holds until then.
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
        let report = report(&self.scope, self.recording, self.elapsed, self.ending);
        Report { unscoped_meanwhile: self.unscoped_meanwhile, ..report }
    }

    /// The scope as analyzers see it, with every call site resolved, and a report without an analysis.
    pub(crate) fn resolve(self) -> (Report, Snapshot) {
        let Self { scope, recording, elapsed, ending, .. } = self;
        let mut evidence = count(&scope, &recording);
        let snapshot = snapshot(&scope, recording, elapsed, Resolve::All, &mut evidence);
        (blank(&scope, elapsed, evidence, ending), snapshot)
    }
}

/// The report of a scope that cannot be analysed: its counts, and that no rule has seen anything.
pub(crate) fn not_analysed(ended: Ended) -> Report {
    let Ended { scope, recording, elapsed, unscoped_meanwhile, ending } = ended;
    let mut evidence = count(&scope, &recording);
    evidence.unexamined = evidence.queries.max(1);
    evidence.notes.push("the scope was not analysed: the thread that does so could not be started".to_owned());
    Report { unscoped_meanwhile, ..blank(&scope, elapsed, evidence, ending) }
}

/// The report of a scope whose recording was lost to a panic.
pub(crate) fn lost(scope: &Inner) -> Report {
    let notes = vec!["the report was lost to a panic: please report it".to_owned()];
    let evidence = Evidence { unexamined: 1, shielded_panics: 1, notes, ..Evidence::default() };
    blank(scope, Duration::ZERO, evidence, Ending::Closed)
}

/// A report without findings.
fn blank(scope: &Inner, elapsed: Duration, evidence: Evidence, ending: Ending) -> Report {
    let is_inner = scope.parent().is_some_and(|parent| Arc::ptr_eq(parent.doctor(), scope.doctor()));
    Report {
        scope: scope.name().to_owned(),
        elapsed,
        findings: Vec::new(),
        left_out: Vec::new(),
        evidence,
        unscoped_meanwhile: 0,
        ending,
        is_inner,
    }
}

fn report(scope: &Inner, recording: Recording, elapsed: Duration, ending: Ending) -> Report {
    let mut evidence = count(scope, &recording);
    let blank = blank(scope, elapsed, evidence.clone(), ending);

    // A panic in here would be ours, or an analyzer's: it must not reach the program, and the report must still come.
    let diagnosed = catch_unwind(AssertUnwindSafe(|| diagnose(scope, recording, elapsed, ending, &mut evidence)));
    if let Ok(findings) = diagnosed {
        return Report { findings, evidence, ..blank };
    }
    COUNTERS.shielded_panics.add(1);
    let mut report = blank;
    report.evidence.shielded_panics += 1;
    report.evidence.unexamined = report.evidence.queries;
    report.evidence.notes.push("the analysis panicked: please report it".to_owned());
    report
}

/// Which call sites are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolve {
    /// Those that analyzers may ask for.
    Needed,
    All,
}

fn snapshot(
    scope: &Inner,
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
    evidence.call_sites = CallSiteEvidence { captured: recording.stacks.len() as u64, ..call_sites };

    Snapshot {
        scope: scope.name().to_owned(),
        elapsed,
        connections: recording.connections.into_iter().map(|(connection, _)| connection).collect(),
        statements,
        stacks,
        bind_facts: recording.bind_facts,
        queries: recording.queries,
        tallies: recording.tallies,
        groups: Vec::new(),
    }
    .finish()
}

fn diagnose(
    scope: &Inner,
    recording: Recording,
    elapsed: Duration,
    ending: Ending,
    evidence: &mut Evidence,
) -> Vec<crate::Finding> {
    let snapshot = snapshot(scope, recording, elapsed, Resolve::Needed, evidence);
    let mut findings = Vec::new();
    for analyzer in scope.doctor().analyzers() {
        let before = findings.len();
        if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&snapshot, &mut findings))).is_err() {
            findings.truncate(before);
            COUNTERS.shielded_panics.add(1);
            evidence.shielded_panics += 1;
            evidence.unexamined = evidence.queries;
            evidence
                .warnings
                .push(format!("the analyzer of {} panicked: its findings are missing", analyzer.rule().name));
        }
    }
    let settings = scope.settings();
    let levels = settings.levels(scope.doctor());
    let (mut findings, allowed) = judge(findings, &levels);
    evidence.allowed_findings = allowed.values().sum();
    settings.judge(&mut findings);
    settings.account(scope.doctor(), &allowed, ending, evidence);
    let over_budget = settings.max_queries.and_then(|most| budget::finding(most, &snapshot, evidence, &levels));
    if let Some(over_budget) = over_budget {
        let at = findings.partition_point(|finding| finding.severity > over_budget.severity);
        findings.insert(at, over_budget);
    }
    findings
}

fn count(scope: &Inner, recording: &Recording) -> Evidence {
    let totals = &recording.totals;
    let connections = recording.connections.iter();
    COUNTERS.dropped.add(totals.dropped);
    Evidence {
        profile: scope.doctor().profile().unwrap_or_default(),
        connections: connections
            .map(|(connection, queries)| ConnectionEvidence::new(connection.label(), connection.dialect, *queries))
            .collect(),
        queries: totals.user,
        transaction_statements: totals.transaction,
        pings: totals.ping,
        setup_statements: totals.setup,
        type_lookups: totals.type_lookup,
        unfinished: totals.started().saturating_sub(totals.finished),
        failed: totals.failed,
        unbuildable: totals.unbuildable,
        late: scope.late(),
        dropped: totals.dropped,
        unexamined: totals.unexamined,
        blinded: recording.drops.iter().filter(|stack| blinding::is_replacement(stack)).count() as u64,
        shielded_panics: totals.shielded_panics,
        database_time: totals.elapsed,
        warnings: warnings(scope),
        notes: notes(recording),
        ..Evidence::default()
    }
}

/// What the user has to mend.
fn warnings(scope: &Inner) -> Vec<String> {
    let mut warnings: Vec<String> = crate::doctor::configuration_error().into_iter().collect();
    if scope.held_guards() > 0 {
        let guards = counted(scope.held_guards(), "guard");
        warnings.push(format!(
            "{guards} of enter() held over an await: what came after the await counted in the scope of the task; use with_scope(&scope) on the future instead"
        ));
    }
    warnings
}

/// What else the reader must know, a line each.
fn notes(recording: &Recording) -> Vec<String> {
    let mut notes = Vec::new();
    let drivers = recording.connections.iter().filter_map(|(connection, _)| connection.driver.time_note());
    for note in drivers {
        if !notes.iter().any(|known| known == note) {
            notes.push(note.to_owned());
        }
    }
    notes
}
