//! The summary of many reports.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use diesel_doctor_analysis::render::clean;
use diesel_doctor_analysis::words::{counted, duration};
use diesel_doctor_analysis::{CallSite, Finding, FindingKey, Report, Severity, SourceFrame, Verdict};

/// How many scopes are named for a finding.
const MAX_SCOPES: usize = 8;

/// The summary of many reports; `Display` prints it as plain text. Made by [`Deduplicated::summary`](super::Deduplicated::summary).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// How many reports were counted.
    pub reports: u64,
    /// How many of them were clean.
    pub clean: u64,
    /// How many had a warning or an error.
    pub with_findings: u64,
    /// How many were blind. A scope that made no query is one of them, because it saw no watched connection.
    pub blind: u64,
    /// The queries of all outermost scopes of their doctor. An outer scope counts the queries of its inner ones; they are added
    /// when the report of the outer scope comes here.
    pub queries: u64,
    /// The total time of these queries.
    pub database_time: Duration,
    /// The findings, each once, the worst first, then by number of queries. A finding whose function is not known appears once for
    /// each scope.
    pub findings: Vec<Repeated>,
    /// Allowances that were never needed, each as `rule (reason)`, by the name of the scope. Only scopes count that were closed and
    /// are not blind.
    pub unused_allowances: BTreeMap<String, Vec<String>>,
    /// Findings that were only counted, because there were too many different keys.
    pub not_told_apart: u64,
    /// Warnings, unused allowances and blind reports that were only counted, because there were too many others.
    pub not_shown: u64,
    /// Scopes of the process that ended without a report since counting began, because the doctor was overloaded.
    pub not_analysed: u64,
    /// Reports of the process that were made since counting began but are not counted here, because the reporters were overloaded.
    pub not_reported: u64,
    /// Reports of the process that are not yet made or shown. They may be missing here.
    pub pending: u64,
}

/// A finding, and how often it occurred.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repeated {
    /// Identifies the finding from run to run.
    pub key: FindingKey,
    /// The rule's name.
    pub rule: &'static str,
    /// The worst severity it had.
    pub severity: Severity,
    /// The message of its first occurrence.
    pub message: String,
    /// The line of its first occurrence, where that is known.
    pub place: Option<SourceFrame>,
    /// The scopes in which it occurred; at most eight are named.
    pub scopes: Vec<String>,
    /// Whether it occurred in more scopes than are named.
    pub has_more_scopes: bool,
    /// In how many reports it occurred.
    pub reports: u64,
    /// The queries that it covers in all of these reports, each counted once. Where an inner and an outer scope have the same
    /// finding, only those of the outer one count.
    pub queries: u64,
    /// The total time of these queries.
    pub database_time: Duration,
    /// Whether all reports with it so far were those of inner scopes.
    is_inner: bool,
}

impl Summary {
    pub(super) fn count(&mut self, report: &Report, verdict: &Verdict) {
        let of_verdict = match verdict {
            Verdict::Clean => &mut self.clean,
            Verdict::Blind(_) => &mut self.blind,
            _ => &mut self.with_findings,
        };
        *of_verdict = of_verdict.saturating_add(1);
        self.reports = self.reports.saturating_add(1);
        if !report.is_inner() {
            self.queries = self.queries.saturating_add(report.query_count());
            self.database_time = self.database_time.saturating_add(report.evidence().database_time);
        }
    }

    pub(super) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let rank = |finding: &Repeated| (Reverse(finding.severity), Reverse(finding.queries));
            rank(a).cmp(&rank(b)).then_with(|| a.key.cmp(&b.key)).then_with(|| a.scopes.cmp(&b.scopes))
        });
    }
}

impl Repeated {
    pub(super) fn new(finding: &Finding) -> Self {
        Self {
            key: finding.key().clone(),
            rule: finding.rule.name,
            severity: finding.severity,
            message: finding.message.clone(),
            place: finding.sites.first().and_then(CallSite::innermost).cloned(),
            scopes: Vec::new(),
            has_more_scopes: false,
            reports: 0,
            queries: 0,
            database_time: Duration::ZERO,
            is_inner: true,
        }
    }

    pub(super) fn count(&mut self, report: &Report, finding: &Finding) {
        self.severity = self.severity.max(finding.severity);
        self.reports = self.reports.saturating_add(1);
        self.cover(report, finding);
        if !self.scopes.contains(&report.scope) {
            if self.scopes.len() < MAX_SCOPES {
                self.scopes.push(report.scope.clone());
            } else {
                self.has_more_scopes = true;
            }
        }
    }

    /// An outer scope also covers its inner ones, whose reports came before. So inner ones count only while no outer scope has the
    /// finding.
    fn cover(&mut self, report: &Report, finding: &Finding) {
        if self.is_inner && !report.is_inner() {
            self.is_inner = false;
            self.queries = 0;
            self.database_time = Duration::ZERO;
        }
        if self.is_inner == report.is_inner() {
            self.queries = self.queries.saturating_add(finding.queries);
            self.database_time = self.database_time.saturating_add(finding.database_time);
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "summary: {}: {} clean, {} with findings, {} blind; {}, {} in the database",
            counted(self.reports, "report"),
            self.clean,
            self.with_findings,
            self.blind,
            counted(self.queries, "query"),
            duration(self.database_time)
        )?;
        for finding in &self.findings {
            writeln!(f, "{}[{}]: {}", finding.severity, finding.rule, clean::line(&finding.message))?;
            if let Some(place) = &finding.place {
                writeln!(f, "  --> {}:{}:{}", clean::line(&place.file), place.line, place.column)?;
            }
            let scopes: Vec<String> = finding.scopes.iter().map(|scope| clean::line(scope)).collect();
            let more = if finding.has_more_scopes { " and others" } else { "" };
            writeln!(
                f,
                "  = in {} of {}{more}: {}, {}",
                counted(finding.reports, "report"),
                scopes.join(", "),
                counted(finding.queries, "query"),
                duration(finding.database_time)
            )?;
        }
        for (scope, unused) in &self.unused_allowances {
            let unused: Vec<String> = unused.iter().map(|one| clean::line(one)).collect();
            writeln!(f, "note: allowed and never needed in {}: {}", clean::line(scope), unused.join(", "))?;
        }
        if self.not_told_apart > 0 {
            writeln!(f, "note: {} of further keys only counted", counted(self.not_told_apart, "finding"))?;
        }
        if self.not_shown > 0 {
            let warnings = counted(self.not_shown, "warning");
            writeln!(f, "note: {warnings} of further scopes only counted")?;
        }
        if self.not_analysed > 0 {
            let scopes = counted(self.not_analysed, "scope");
            writeln!(f, "warning: {scopes} ended without a report: there was too much to do")?;
        }
        if self.not_reported > 0 {
            let reports = counted(self.not_reported, "report");
            writeln!(f, "warning: {reports} not counted: the reporters were too slow")?;
        }
        if self.pending > 0 {
            let reports = counted(self.pending, "report");
            writeln!(f, "warning: {reports} not finished yet, and perhaps not counted")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel_doctor_analysis::ReportParts;
    use diesel_doctor_analysis::render::fixtures;

    use super::*;

    fn summary(scopes: &[&str]) -> Summary {
        let mut report = fixtures::with_findings(vec![fixtures::n_plus_one()]);
        let mut summary = Summary::default();
        let mut repeated = Repeated::new(&report.findings()[0]);
        for scope in scopes {
            report.scope = (*scope).to_owned();
            summary.count(&report, &report.verdict());
            repeated.count(&report, &report.findings()[0]);
        }
        summary.findings.push(repeated);
        summary
    }

    #[test]
    fn it_is_printed_as_totals_and_each_finding_with_its_place() {
        assert_eq!(
            summary(&["GET /a", "GET /b", "GET /a"]).to_string(),
            "summary: 3 reports: 0 clean, 3 with findings, 0 blind; 69 queries, 12.3 ms in the database\n\
             warning[n-plus-one]: 20 queries for `users` by `id`, each with another value\n  \
             --> src/posts.rs:42:10\n  \
             = in 3 reports of GET /a, GET /b: 60 queries, 9.7 ms\n"
        );
    }

    #[test]
    fn many_scopes_are_cut_and_nothing_is_obeyed_by_a_terminal() {
        let names: Vec<String> = (0..20).map(|number| format!("GET /{number}\u{1b}[2J\n")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = summary(&names).to_string();
        assert!(text.contains("GET /7␛[2J  and others: 400 queries"), "{text}");
        assert!(!text.contains("GET /8"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn what_is_missing_is_said() {
        let whole = summary(&["GET /"]);
        let parts =
            Summary { not_told_apart: 1, not_shown: 2, not_analysed: 3, not_reported: 4, pending: 5, ..whole.clone() };
        assert_eq!(
            parts.to_string().strip_prefix(&whole.to_string()),
            Some(
                "note: 1 finding of further keys only counted\n\
                 note: 2 warnings of further scopes only counted\n\
                 warning: 3 scopes ended without a report: there was too much to do\n\
                 warning: 4 reports not counted: the reporters were too slow\n\
                 warning: 5 reports not finished yet, and perhaps not counted\n"
            )
        );
    }

    #[test]
    fn what_was_allowed_and_never_needed_is_said() {
        let whole = summary(&["GET /"]);
        let unused = ["n-plus-one (short)".to_owned(), "query-loop (\u{7})".to_owned()];
        let with = Summary { unused_allowances: [("page\u{1b}".to_owned(), unused.into())].into(), ..whole.clone() };
        assert_eq!(
            with.to_string().strip_prefix(&whole.to_string()),
            Some("note: allowed and never needed in page␛: n-plus-one (short), query-loop (␇)\n")
        );
    }

    #[test]
    fn the_queries_of_an_inner_scope_count_with_the_outer_one() {
        let repeated = |reports: &[bool]| {
            let mut report = fixtures::with_findings(vec![fixtures::n_plus_one()]);
            let mut repeated = Repeated::new(&report.findings()[0]);
            for &is_inner in reports {
                report = Report::from_parts(ReportParts { is_inner, ..report.into_parts() });
                repeated.count(&report, &report.findings()[0]);
            }
            (repeated.reports, repeated.queries, repeated.database_time.as_micros())
        };
        let (inner, outer) = (true, false);
        assert_eq!(repeated(&[inner, inner, outer]), (3, 20, 3_250));
        assert_eq!(repeated(&[outer, inner, outer, inner]), (4, 40, 6_500));
        assert_eq!(repeated(&[inner, inner]), (2, 40, 6_500), "the outer one is not reported here");
    }

    #[test]
    fn the_worst_comes_first() {
        let mut summary = summary(&["GET /"]);
        summary.findings.insert(0, Repeated::new(&fixtures::duplicate()));
        summary.sort();
        let rules: Vec<_> = summary.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["n-plus-one", "duplicate-query"]);
    }
}
