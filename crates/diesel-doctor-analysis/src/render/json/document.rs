//! The structure of the JSON report. It is promised to readers under [`SCHEMA`]. A new property keeps the version; any other change
//! needs a new version, and `docs/report.md` and `docs/report.schema.json` change with it.

use std::time::Duration;

use serde::Serialize;

use crate::finding::{Confidence, Finding};
use crate::record::{CallSite, SourceFrame};
use crate::report::{CallSiteEvidence, ConnectionEvidence, Evidence, MissingCallSites, Report, Verdict};
use crate::words::dialect_name;

/// The version that each report names.
pub(super) const SCHEMA: &str = "diesel-doctor/report/1";

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    scope: &'a str,
    ending: &'static str,
    verdict: &'static str,
    blind_reason: Option<String>,
    elapsed_ns: u64,
    database_time_ns: u64,
    queries: u64,
    findings: Vec<FindingObject<'a>>,
    evidence: EvidenceObject<'a>,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let verdict = report.verdict();
        let evidence = report.evidence();
        Self {
            schema: SCHEMA,
            scope: &report.scope,
            ending: report.ending().name(),
            verdict: verdict.name(),
            blind_reason: if let Verdict::Blind(reason) = verdict { Some(reason) } else { None },
            elapsed_ns: nanoseconds(report.elapsed),
            database_time_ns: nanoseconds(evidence.database_time),
            queries: report.query_count(),
            findings: report.findings().iter().map(FindingObject::new).collect(),
            evidence: EvidenceObject::new(evidence),
        }
    }
}

#[derive(Serialize)]
struct FindingObject<'a> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    key: String,
    statement: StatementObject<'a>,
    queries: u64,
    database_time_ns: u64,
    sites: Vec<SiteObject<'a>>,
    notes: &'a [String],
    prescription: PrescriptionObject<'a>,
}

impl<'a> FindingObject<'a> {
    fn new(finding: &'a Finding) -> Self {
        let statement = &finding.statement;
        Self {
            rule: finding.rule.name,
            severity: finding.severity.name(),
            confidence: match finding.confidence {
                Confidence::Low => "low",
                Confidence::High => "high",
            },
            message: &finding.message,
            key: finding.key().to_string(),
            statement: StatementObject {
                fingerprint: statement.fingerprint().to_string(),
                dialect: dialect_name(statement.dialect()),
                sql: statement.normalized(),
                operation: statement.operation().as_str(),
                summary: statement.summary(),
            },
            queries: finding.queries,
            database_time_ns: nanoseconds(finding.database_time),
            sites: finding.sites.iter().map(SiteObject::new).collect(),
            notes: &finding.notes,
            prescription: PrescriptionObject {
                advice: &finding.prescription.advice,
                code: finding.prescription.code.as_deref(),
            },
        }
    }
}

#[derive(Serialize)]
struct StatementObject<'a> {
    fingerprint: String,
    dialect: &'static str,
    sql: &'a str,
    operation: &'static str,
    summary: &'a str,
}

#[derive(Serialize)]
struct PrescriptionObject<'a> {
    advice: &'a str,
    code: Option<&'a str>,
}

#[derive(Serialize)]
struct SiteObject<'a> {
    frames: Vec<FrameObject<'a>>,
}

impl<'a> SiteObject<'a> {
    fn new(site: &'a CallSite) -> Self {
        let frame = |(index, frame)| FrameObject::new(frame, site.likely_loop == Some(index));
        Self { frames: site.frames.iter().enumerate().map(frame).collect() }
    }
}

#[derive(Serialize)]
struct FrameObject<'a> {
    file: &'a str,
    line: u32,
    column: Option<u32>,
    function: Option<&'a str>,
    source: Option<&'a str>,
    likely_loop: bool,
}

impl<'a> FrameObject<'a> {
    fn new(frame: &'a SourceFrame, likely_loop: bool) -> Self {
        Self {
            file: &frame.file,
            line: frame.line,
            column: Some(frame.column).filter(|&column| column > 0),
            function: Some(&*frame.function).filter(|function| !function.is_empty()),
            source: frame.source.as_deref(),
            likely_loop,
        }
    }
}

#[derive(Serialize)]
struct EvidenceObject<'a> {
    profile: &'static str,
    connections: Vec<ConnectionObject<'a>>,
    queries: u64,
    transaction_statements: u64,
    pings: u64,
    setup_statements: u64,
    type_lookups: u64,
    unfinished: u64,
    failed: u64,
    unbuildable: u64,
    late: u64,
    dropped: u64,
    unexamined: u64,
    blinded_before: u64,
    deeper_scopes: u64,
    not_parsed: u64,
    blinded: u64,
    shielded_panics: u64,
    database_time_ns: u64,
    call_sites: CallSitesObject,
    allowed_findings: u64,
    unused_allowances: &'a [String],
    warnings: &'a [String],
    notes: &'a [String],
}

impl<'a> EvidenceObject<'a> {
    /// Destructures all fields, so that a new field of the evidence cannot be forgotten here.
    fn new(evidence: &'a Evidence) -> Self {
        let Evidence {
            profile,
            connections,
            queries,
            transaction_statements,
            pings,
            setup_statements,
            type_lookups,
            unfinished,
            failed,
            unbuildable,
            late,
            dropped,
            unexamined,
            blinded_before,
            deeper_scopes,
            not_parsed,
            blinded,
            shielded_panics,
            database_time,
            call_sites,
            allowed_findings,
            unused_allowances,
            warnings,
            notes,
        } = evidence;
        Self {
            profile: profile.name(),
            connections: connections.iter().map(ConnectionObject::new).collect(),
            queries: *queries,
            transaction_statements: *transaction_statements,
            pings: *pings,
            setup_statements: *setup_statements,
            type_lookups: *type_lookups,
            unfinished: *unfinished,
            failed: *failed,
            unbuildable: *unbuildable,
            late: *late,
            dropped: *dropped,
            unexamined: *unexamined,
            blinded_before: *blinded_before,
            deeper_scopes: *deeper_scopes,
            not_parsed: *not_parsed,
            blinded: *blinded,
            shielded_panics: *shielded_panics,
            database_time_ns: nanoseconds(*database_time),
            call_sites: CallSitesObject::new(*call_sites),
            allowed_findings: *allowed_findings,
            unused_allowances,
            warnings,
            notes,
        }
    }
}

#[derive(Serialize)]
struct ConnectionObject<'a> {
    label: &'a str,
    dialect: &'static str,
    queries: u64,
}

impl<'a> ConnectionObject<'a> {
    fn new(connection: &'a ConnectionEvidence) -> Self {
        let ConnectionEvidence { label, dialect, queries } = connection;
        Self { label, dialect: dialect_name(*dialect), queries: *queries }
    }
}

#[derive(Serialize)]
struct CallSitesObject {
    captured: u64,
    needed: u64,
    resolved: u64,
    missing: Option<&'static str>,
    remedy: Option<&'static str>,
}

impl CallSitesObject {
    fn new(evidence: CallSiteEvidence) -> Self {
        let CallSiteEvidence { captured, needed, resolved, missing } = evidence;
        let name = |missing| match missing {
            MissingCallSites::TurnedOff => "turned-off",
            MissingCallSites::NoDebugInfo => "no-debug-info",
            MissingCallSites::CompressedDebugInfo => "compressed-debug-info",
            MissingCallSites::Stripped => "stripped",
            MissingCallSites::NoUserFrame => "no-user-frame",
        };
        Self { captured, needed, resolved, missing: missing.map(name), remedy: missing.map(MissingCallSites::remedy) }
    }
}

/// Whole nanoseconds; durations beyond 584 years give the largest number.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
