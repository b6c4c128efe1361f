//! From a closed recording to its report: resolve, analyse, judge.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use diesel_doctor_sql::{Level, Statement};

use crate::blinding;
use crate::evidence::{CallSiteEvidence, ConnectionEvidence, Evidence};
use crate::health::COUNTERS;
use crate::judge::judge;
use crate::recording::Recording;
use crate::report::{Ending, Report};
use crate::scope::Inner;
use crate::sites::{self, Sites};
use crate::snapshot::Snapshot;

/// The report of a scope that was just closed.
pub(crate) fn report(scope: &Inner, recording: Recording, ending: Ending) -> Report {
    let elapsed = scope.since_opened(Instant::now());
    let mut evidence = count(scope, &recording);
    let blank =
        Report { scope: scope.name().to_owned(), elapsed, findings: Vec::new(), evidence: evidence.clone(), ending };

    // A panic in here would be ours, or an analyzer's: it must not reach the program, and the report must still come.
    let diagnosed = catch_unwind(AssertUnwindSafe(|| diagnose(scope, recording, elapsed, &mut evidence)));
    match diagnosed {
        Ok(findings) => Report { findings, evidence, ..blank },
        Err(_) => {
            COUNTERS.shielded_panics.add(1);
            let mut report = blank;
            report.evidence.shielded_panics += 1;
            report.evidence.unexamined = report.evidence.queries;
            report.evidence.notes.push("the analysis panicked: please report it".to_owned());
            report
        }
    }
}

fn diagnose(
    scope: &Inner,
    recording: Recording,
    elapsed: std::time::Duration,
    evidence: &mut Evidence,
) -> Vec<crate::Finding> {
    let statements: Vec<Statement> =
        recording.texts.iter().map(|text| Statement::new(&text.sql, text.dialect)).collect();
    evidence.not_parsed = statements.iter().filter(|statement| statement.level() != Level::Parsed).count() as u64;
    COUNTERS.not_parsed.add(evidence.not_parsed);

    let needed = sites::needed(&recording, &statements);
    let Sites { stacks, evidence: call_sites } =
        sites::resolve(&recording.stacks, &needed, scope.doctor().call_sites());
    evidence.call_sites = CallSiteEvidence { captured: recording.stacks.len() as u64, ..call_sites };

    let snapshot = Snapshot {
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
    .finish();

    let mut findings = Vec::new();
    for analyzer in scope.doctor().analyzers() {
        let before = findings.len();
        if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&snapshot, &mut findings))).is_err() {
            findings.truncate(before);
            COUNTERS.shielded_panics.add(1);
            evidence.shielded_panics += 1;
            evidence.unexamined = evidence.queries;
            evidence.notes.push(format!("the analyzer of {} panicked: its findings are missing", analyzer.rule().name));
        }
    }
    let (findings, allowed) = judge(findings, scope.doctor().levels());
    evidence.allowed_findings = allowed;
    findings
}

fn count(scope: &Inner, recording: &Recording) -> Evidence {
    let totals = &recording.totals;
    let connections = recording.connections.iter();
    COUNTERS.dropped.add(totals.dropped);
    Evidence {
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
        notes: crate::doctor::configuration_error().into_iter().collect(),
        ..Evidence::default()
    }
}
