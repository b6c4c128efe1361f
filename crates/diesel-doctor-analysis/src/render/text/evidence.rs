//! Writes the evidence: one line always, and one more for each thing that weakens it.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use crate::render::clean;
use crate::report::{ConnectionEvidence, Ending, Evidence, MissingCallSites, Report};
use crate::words::{counted, dialect_name, duration};

/// How many connections are named. The rest is only counted.
const CONNECTIONS: usize = 4;

/// The evidence, each line with a line break.
pub(super) fn lines(report: &Report, style: Style) -> String {
    let mut text = format!("{} {}\n", style.paint(Tone::Heading, "evidence:"), basis(report.evidence()));
    for warning in warnings(report.evidence()) {
        let _ = writeln!(text, "{} {warning}", style.paint(Tone::Doubtful, "warning:"));
    }
    for note in notes(report) {
        let _ = writeln!(text, "{} {note}", style.paint(Tone::Dim, "note:"));
    }
    text
}

/// The items that are always shown, also when they are zero: "0 dropped" is information too.
fn basis(evidence: &Evidence) -> String {
    let round_trips: Vec<String> = [
        (evidence.transaction_statements, "transaction statement"),
        (evidence.pings, "ping"),
        (evidence.setup_statements, "set-up statement"),
        (evidence.type_lookups, "type look-up"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| counted(count, noun))
    .collect();
    let others = if round_trips.is_empty() { String::new() } else { format!(" (+ {})", round_trips.join(", ")) };
    format!(
        "{}, {}{others}, {} unfinished, {} dropped, {}, {} in the database",
        connections(&evidence.connections),
        counted(evidence.queries, "query"),
        evidence.unfinished,
        evidence.dropped,
        call_sites(evidence),
        duration(evidence.database_time)
    )
}

fn connections(connections: &[ConnectionEvidence]) -> String {
    let count = counted(connections.len() as u64, "connection");
    let named: Vec<String> = connections
        .iter()
        .take(CONNECTIONS)
        .map(|connection| format!("{}, {}", clean::line(&connection.label), dialect_name(connection.dialect)))
        .collect();
    match connections.len().checked_sub(CONNECTIONS) {
        _ if connections.is_empty() => count,
        Some(more) if more > 0 => format!("{count} ({}; and {more} more)", named.join("; ")),
        _ => format!("{count} ({})", named.join("; ")),
    }
}

fn call_sites(evidence: &Evidence) -> String {
    let sites = evidence.call_sites;
    match (sites.missing, sites.needed) {
        (Some(MissingCallSites::TurnedOff), 0) => "call sites turned off".to_owned(),
        (_, 0) => "no call site needed".to_owned(),
        (_, needed) => format!("call sites {} of {needed} resolved", sites.resolved),
    }
}

/// The reasons why the report may be incomplete.
fn warnings(evidence: &Evidence) -> Vec<String> {
    [
        (
            evidence.blinded,
            format!("{} lost the instrumentation while the scope ran", counted(evidence.blinded, "connection")),
        ),
        (
            evidence.unexamined,
            format!(
                "{} came after the scope was full and no rule has seen them",
                counted(evidence.unexamined, "query")
            ),
        ),
        (
            evidence.deeper_scopes,
            format!(
                "{} stood more than eight deep inside this one: the queries there do not count here",
                counted(evidence.deeper_scopes, "scope")
            ),
        ),
        (
            evidence.shielded_panics,
            format!(
                "caught {} of diesel-doctor's own, or of a bind's Debug: queries may be missing",
                counted(evidence.shielded_panics, "panic")
            ),
        ),
    ]
    .into_iter()
    .filter_map(|(count, warning)| (count > 0).then_some(warning))
    .chain(evidence.warnings.iter().map(|warning| clean::line(warning)))
    .chain(evidence.unused_allowances.iter().map(|allowance| {
        let allowance = clean::line(allowance);
        format!("the scope allows {allowance}, but nothing of that was found: take it out")
    }))
    .collect()
}

fn notes(report: &Report) -> Vec<String> {
    let evidence = report.evidence();
    let mut notes = Vec::new();
    match report.ending() {
        Ending::Dropped => notes.push("the scope was dropped before it was closed".to_owned()),
        Ending::Panicked => notes.push("a panic went through the scope".to_owned()),
        Ending::Closed | Ending::Off => {}
    }
    if let Some(missing) = evidence.call_sites.missing {
        notes.push(missing.remedy().to_owned());
    }
    let counts = [
        (evidence.unfinished, "query", "started, and no end was seen: cancelled, or never polled"),
        (evidence.failed, "query", "ended in an error"),
        (evidence.unbuildable, "query", "could not be built and never reached the database"),
        (evidence.late, "query", "came after the scope was closed"),
        (
            evidence.dropped,
            "query",
            "came after the samples were full: counted, but without binds and times of their own",
        ),
        (evidence.not_parsed, "statement", "fingerprinted without being understood"),
        (evidence.allowed_findings, "finding", "of allowed rules not shown"),
    ];
    notes.extend(
        counts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, noun, what)| format!("{} {what}", counted(count, noun))),
    );
    notes.extend(evidence.notes.iter().map(|note| clean::line(note)));
    notes
}
