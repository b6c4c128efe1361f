//! The report of one scope: findings, evidence, and assertions on them.

use std::time::Duration;

use super::Evidence;
use crate::finding::{Finding, Severity};
use crate::words::counted;

/// The report of one scope.
///
/// `Display` prints it in plain text, the way the text reporter does on a terminal without colours.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The name of the scope.
    pub scope: String,
    /// From the scope's opening to its close.
    pub elapsed: Duration,
    pub(crate) findings: Vec<Finding>,
    pub(crate) left_out: Vec<Finding>,
    pub(crate) evidence: Evidence,
    pub(crate) unscoped_meanwhile: u64,
    pub(crate) ending: Ending,
    pub(crate) is_inner: bool,
}

/// The parts of a report, for code that makes reports, or changes them before they reach a reporter.
#[derive(Clone, Debug)]
pub struct ReportParts {
    /// The name of the scope.
    pub scope: String,
    /// From the scope's opening to its close.
    pub elapsed: Duration,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// Findings that are not shown because they were shown before. They still count for the verdict.
    pub left_out: Vec<Finding>,
    /// What the report rests on.
    pub evidence: Evidence,
    /// Queries of the process that ran outside any scope while this one was open. The scope may have missed them.
    pub unscoped_meanwhile: u64,
    /// How the scope ended.
    pub ending: Ending,
    /// Whether the scope was opened inside another scope of the same doctor.
    pub is_inner: bool,
}

impl ReportParts {
    /// A report without findings and evidence.
    pub fn new(scope: impl Into<String>, ending: Ending) -> Self {
        Self {
            scope: scope.into(),
            elapsed: Duration::ZERO,
            findings: Vec::new(),
            left_out: Vec::new(),
            evidence: Evidence::default(),
            unscoped_meanwhile: 0,
            ending,
            is_inner: false,
        }
    }
}

/// How the scope ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Its owner closed it.
    Closed,
    /// Its owner dropped it, by an early return or in a cancelled future.
    Dropped,
    /// A panic went through it.
    Panicked,
    /// The doctor is off: nothing was watched.
    Off,
}

/// The overall result of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Queries or a watched connection were seen, and no finding is a warning or an error.
    Clean,
    /// At least one finding is a warning or an error.
    Findings,
    /// The evidence is not enough for a verdict; holds the reason and what to do about it.
    Blind(String),
}

impl Ending {
    /// The word for it in reports: `closed`, `dropped`, `panicked`, `off`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Dropped => "dropped",
            Self::Panicked => "panicked",
            Self::Off => "off",
        }
    }
}

impl Verdict {
    /// The word for it in reports: `clean`, `findings`, `blind`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Blind(_) => "blind",
        }
    }
}

impl Report {
    /// Makes a report from its parts.
    pub fn from_parts(parts: ReportParts) -> Self {
        let ReportParts { scope, elapsed, findings, left_out, evidence, unscoped_meanwhile, ending, is_inner } = parts;
        Self { scope, elapsed, findings, left_out, evidence, unscoped_meanwhile, ending, is_inner }
    }

    /// Takes the report apart into its parts.
    pub fn into_parts(self) -> ReportParts {
        let Self { scope, elapsed, findings, left_out, evidence, unscoped_meanwhile, ending, is_inner } = self;
        ReportParts { scope, elapsed, findings, left_out, evidence, unscoped_meanwhile, ending, is_inner }
    }

    /// The report of a scope whose doctor is off.
    pub fn off(scope: &str) -> Self {
        Self::from_parts(ReportParts::new(scope, Ending::Off))
    }

    /// How many queries the program made. Transaction control, pings, set-up and type look-ups do not count.
    pub fn query_count(&self) -> u64 {
        self.evidence.queries
    }

    /// The findings, the worst first. A reporter that shows each finding once gets only the new ones here.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The evidence behind the report.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Findings that are not shown because they were shown before. They still count for the verdict.
    pub fn left_out(&self) -> &[Finding] {
        &self.left_out
    }

    /// Queries of the process that ran outside any scope while this one was open. The scope may have missed them.
    pub fn unscoped_meanwhile(&self) -> u64 {
        self.unscoped_meanwhile
    }

    /// How the scope ended.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Whether the scope was opened inside another scope of the same doctor. That scope's report counts these queries, too.
    pub fn is_inner(&self) -> bool {
        self.is_inner
    }

    /// The overall result. Findings come before blindness: a finding stays one, even when it is not shown because it was shown
    /// before.
    pub fn verdict(&self) -> Verdict {
        if self.findings.iter().chain(&self.left_out).any(|finding| finding.severity >= Severity::Warning) {
            return Verdict::Findings;
        }
        match self.blindness() {
            Some(reason) => Verdict::Blind(reason),
            None => Verdict::Clean,
        }
    }

    /// Why the evidence is not enough to say "clean"; `None` when it is enough.
    pub fn blindness(&self) -> Option<String> {
        if self.ending == Ending::Off {
            return Some("diesel-doctor is off: unset DIESEL_DOCTOR, or set it to test or production".to_owned());
        }
        if self.evidence.connections.is_empty() {
            return Some(
                "saw no watched connection: call diesel_doctor::install() before connections are opened, or conn.doctor(\"name\") on the connection, and use it on this thread or through bind".to_owned(),
            );
        }
        let evidence = &self.evidence;
        if evidence.blinded > 0 {
            return Some(format!(
                "{} lost {} instrumentation: something called set_instrumentation after diesel-doctor; chain it with DoctorInstrumentation::chain",
                counted(evidence.blinded, "connection"),
                if evidence.blinded == 1 { "its" } else { "their" }
            ));
        }
        if evidence.blinded_before > 0 {
            return Some(
                "before the scope was opened, a connection of its thread lost its instrumentation, and what that asks is not seen: something called set_instrumentation after diesel-doctor; chain it with DoctorInstrumentation::chain".to_owned(),
            );
        }
        if evidence.deeper_scopes > 0 {
            return Some(format!(
                "{} stood more than eight deep inside this one, and the queries there do not count here: look at the report of the outermost scope, or of a deeper one",
                counted(evidence.deeper_scopes, "scope")
            ));
        }
        if evidence.unexamined > 0 {
            return Some(format!(
                "{} came after the scope was full and no rule has seen them: use smaller scopes",
                counted(evidence.unexamined, "query")
            ));
        }
        None
    }

    /// Asserts that the scope is clean, and that the evidence is enough to say so.
    ///
    /// # Panics
    /// With the whole report when there is a warning or an error, or when the evidence is not enough to say "clean".
    #[track_caller]
    pub fn assert_clean(&self) {
        match self.verdict() {
            Verdict::Clean => {}
            Verdict::Findings => self.fail("expected no findings"),
            Verdict::Blind(reason) => self.fail(&format!("expected no findings, but nothing can be said: {reason}")),
        }
    }

    /// Asserts how many queries the program made.
    ///
    /// # Panics
    /// With the whole report when it made more or fewer, or when no watched connection was seen: then a count of zero proves
    /// nothing.
    #[track_caller]
    pub fn assert_queries(&self, expected: u64) {
        self.assert_count(&format!("expected {}", counted(expected, "query")), self.query_count() == expected);
    }

    /// Asserts that the program made at most this many queries.
    ///
    /// # Panics
    /// With the whole report when it made more, or when no watched connection was seen: then a low count proves nothing.
    #[track_caller]
    pub fn assert_max_queries(&self, most: u64) {
        self.assert_count(&format!("expected at most {}", counted(most, "query")), self.query_count() <= most);
    }

    #[track_caller]
    fn assert_count(&self, expectation: &str, holds: bool) {
        if !holds {
            self.fail(&format!("{expectation}, saw {}", self.query_count()));
        }
        // A query that no rule examined is still counted: only what makes a count untrue matters here.
        let countable = self.ending != Ending::Off
            && self.evidence.blinded == 0
            && self.evidence.deeper_scopes == 0
            && !self.evidence.connections.is_empty();
        if let (false, Some(reason)) = (countable, self.blindness()) {
            self.fail(&format!("{expectation}, but nothing can be said: {reason}"));
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{what}\n\n{self}");
    }
}
