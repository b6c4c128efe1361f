//! The whole report: a headline, the findings, the evidence.

use std::fmt;

use super::diagnostic::diagnostic;
use super::evidence;
use super::style::{Style, Tone};
use crate::render::clean;
use crate::report::{Report, Verdict};
use crate::setting::Profile;
use crate::words::counted;

/// The report as text: many lines, the last one with a line break.
///
/// The same report gives the same bytes. A report holds no bind values, so the text shows none. Characters that would control a
/// terminal are replaced by visible ones.
pub fn render(report: &Report, style: Style) -> String {
    let mut text = headline(report, style);
    text.push('\n');
    for finding in report.findings() {
        text.push('\n');
        text.push_str(&diagnostic(finding, style));
        text.push('\n');
    }
    if !report.findings().is_empty() {
        text.push('\n');
    }
    text.push_str(&evidence::lines(report, style));
    text
}

fn headline(report: &Report, style: Style) -> String {
    let scope = clean::line(&report.scope);
    let findings = found(report);
    let queries = counted(report.query_count(), "query");
    let thresholds = match report.evidence().profile {
        Profile::Test => "",
        Profile::Production => ", by the thresholds of production",
    };
    match report.verdict() {
        Verdict::Findings => {
            let rest = format!(" {scope}: {findings} in {queries}");
            style.paint(Tone::Heading, "diesel-doctor:") + &rest
        }
        Verdict::Clean if report.findings().is_empty() && report.left_out.is_empty() => {
            style.paint(Tone::Good, &format!("clean: {scope}: no findings in {queries}{thresholds}"))
        }
        Verdict::Clean => {
            style.paint(Tone::Good, &format!("clean: {scope}: nothing worse than info in {queries}{thresholds}"))
                + &format!(", {findings}")
        }
        Verdict::Blind(reason) => {
            let rest = format!(" {scope}: nothing can be said: {}", clean::line(&reason));
            style.paint(Tone::Doubtful, "warning[blind]:") + &style.paint(Tone::Heading, &rest)
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, Style::Plain))
    }
}

/// How many findings there are, without those that were shown before.
fn found(report: &Report) -> String {
    let findings = report.findings().len() as u64;
    match (findings, report.left_out.len() as u64) {
        (_, 0) => counted(findings, "finding"),
        (0, known) => format!("{} shown before", counted(known, "finding")),
        (_, known) => format!("{} and {known} shown before", counted(findings, "finding")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use diesel_doctor_sql::{Dialect, Statement};
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Finding, Prescription, Severity};
    use crate::render::fixtures::{self, N_PLUS_ONE, frame, site};
    use crate::report::{ConnectionEvidence, Ending, MissingCallSites};

    #[track_caller]
    fn plain(report: &Report) -> String {
        let text = render(report, Style::Plain);
        assert_eq!(text, render(report, Style::Plain), "the same report gives the same bytes");
        assert_eq!(text, report.to_string());
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        text
    }

    #[track_caller]
    fn snapshot(name: &str, report: &Report) {
        let text = plain(report);
        assert!(!text.lines().any(|line| line.ends_with(' ')), "{text}");
        insta::assert_snapshot!(name, fixtures::stable(&text, report));
    }

    #[test]
    fn a_clean_report_is_two_lines() {
        let text = plain(&fixtures::clean("GET /posts", 3));
        assert_eq!(
            text,
            "clean: GET /posts: no findings in 3 queries\n\
             evidence: 1 connection (main, sqlite), 3 queries, 0 unfinished, 0 dropped, no call site needed, 4.1 ms in the database\n"
        );
    }

    #[test]
    fn findings_look_like_the_compilers() {
        snapshot("findings", &fixtures::with_findings(vec![fixtures::n_plus_one(), fixtures::duplicate()]));
    }

    #[test]
    fn what_was_shown_before_is_counted_apart() {
        let headline = |findings, left_out| {
            let mut report = fixtures::with_findings(findings);
            report.left_out = left_out;
            plain(&report).lines().next().unwrap().to_owned()
        };
        let (warning, info) = (fixtures::n_plus_one, fixtures::duplicate);
        assert_eq!(
            headline(vec![], vec![warning()]),
            "diesel-doctor: GET /posts: 1 finding shown before in 23 queries"
        );
        assert_eq!(
            headline(vec![info()], vec![warning()]),
            "diesel-doctor: GET /posts: 1 finding and 1 shown before in 23 queries"
        );
        assert_eq!(
            headline(vec![], vec![info()]),
            "clean: GET /posts: nothing worse than info in 23 queries, 1 finding shown before"
        );
    }

    #[test]
    fn a_report_that_only_informs_is_clean() {
        let text = plain(&fixtures::with_findings(vec![fixtures::duplicate()]));
        assert!(
            text.starts_with(
                "clean: GET /posts: nothing worse than info in 23 queries, 1 finding\n\ninfo[duplicate-query]: "
            ),
            "{text}"
        );
    }

    #[test]
    fn a_finding_without_a_place_says_what_it_knows() {
        let mut finding = fixtures::n_plus_one();
        finding.sites = Vec::new();
        finding.severity = Severity::Error;
        finding.prescription.code = None;
        finding.settle_key(0);
        snapshot("no_place", &fixtures::with_findings(vec![finding]));
    }

    #[test]
    fn many_places_are_cut_and_counted() {
        let mut finding = fixtures::n_plus_one();
        finding.sites = (1..=9)
            .map(|line| site(Some(0), vec![frame("src/posts.rs", line, 5, "blog::posts", Some("    load(conn)"))]))
            .collect();
        snapshot("many_places", &fixtures::with_findings(vec![finding]));
    }

    #[test]
    fn blindness_is_the_headline() {
        let mut report = fixtures::clean("GET /posts", 0);
        report.evidence.connections.clear();
        report.evidence.database_time = Duration::ZERO;
        snapshot("blind", &report);
    }

    #[test]
    fn a_scope_that_is_off_says_so() {
        let mut report = fixtures::clean("GET /posts", 0);
        report.ending = Ending::Off;
        assert!(plain(&report).starts_with("warning[blind]: GET /posts: nothing can be said: diesel-doctor is off: "));
    }

    #[test]
    fn whatever_weakens_the_evidence_is_listed() {
        let mut report = fixtures::with_findings(vec![fixtures::n_plus_one()]);
        report.ending = Ending::Panicked;
        let evidence = &mut report.evidence;
        for number in 2..=6 {
            evidence.connections.push(ConnectionEvidence::new(format!("shard {number}"), Dialect::PostgreSql, number));
        }
        evidence.pings = 1;
        evidence.setup_statements = 2;
        evidence.type_lookups = 3;
        evidence.unfinished = 1;
        evidence.failed = 2;
        evidence.unbuildable = 1;
        evidence.late = 3;
        evidence.dropped = 100;
        evidence.unexamined = 10;
        evidence.not_parsed = 1;
        evidence.blinded = 1;
        evidence.shielded_panics = 1;
        evidence.call_sites.resolved = 0;
        evidence.call_sites.missing = Some(MissingCallSites::NoDebugInfo);
        evidence.allowed_findings = 2;
        evidence.unused_allowances = vec!["n-plus-one (the list is short)".to_owned()];
        evidence.warnings = vec!["a guard was held over an await".to_owned()];
        evidence.notes = vec!["times include the wait for the connection".to_owned()];
        report.findings.clear();
        report.findings.push(fixtures::duplicate());
        snapshot("weak_evidence", &report);
        report.findings.push(fixtures::n_plus_one());
        let text = plain(&report);
        assert!(
            text.contains(
                "\nwarning: 1 connection lost the instrumentation while the scope ran\nwarning: 10 queries came after"
            ),
            "{text}"
        );
    }

    #[test]
    fn one_line_that_is_reached_on_two_ways_is_one_place() {
        let reached_from = |line| {
            site(
                None,
                vec![frame("src/a.rs", 1, 5, "load", Some("    load(conn)")), frame("src/b.rs", line, 9, "page", None)],
            )
        };
        let mut finding = fixtures::n_plus_one();
        finding.sites = vec![reached_from(10), reached_from(20)];
        let text = plain(&fixtures::with_findings(vec![finding]));
        assert!(text.contains("^^^^ 20 times from here\n"), "{text}");
        assert!(text.contains("note: also called at src/b.rs:20:9 in page\n"), "{text}");
    }

    #[test]
    fn a_clean_page_of_production_names_the_thresholds() {
        let mut report = fixtures::clean("GET /posts", 3);
        report.evidence.profile = Profile::Production;
        let expected = "clean: GET /posts: no findings in 3 queries, by the thresholds of production\n";
        assert!(plain(&report).starts_with(expected), "{report}");
    }

    #[test]
    fn call_sites_that_are_turned_off_are_not_called_unneeded() {
        let mut report = fixtures::clean("GET /posts", 3);
        report.evidence.call_sites.missing = Some(MissingCallSites::TurnedOff);
        let text = plain(&report);
        assert!(
            text.contains(", call sites turned off, ") && text.contains("\nnote: call sites are turned off; "),
            "{text}"
        );
    }

    #[test]
    fn lines_with_tabs_and_wide_characters_are_underlined_in_place() {
        let mut finding = fixtures::n_plus_one();
        finding.sites = vec![site(None, vec![frame("src/表.rs", 7, 8, "a", Some("\t\t表(\tlade(größe)"))])];
        snapshot("wide_characters", &fixtures::with_findings(vec![finding]));
    }

    #[test]
    fn no_text_of_the_user_reaches_the_terminal_raw() {
        let evil = "a\u{1b}[2J\u{9b}31m\u{7}\r\nb\u{202e}";
        let statement = Statement::new(&format!("SELECT \"{evil}\" FROM \"{evil}\""), Dialect::PostgreSql);
        let mut finding = Finding::new(&N_PLUS_ONE, evil.to_owned(), statement, Prescription::new(evil).code(evil));
        finding.sites =
            vec![site(Some(1), vec![frame(evil, 1, 2, evil, Some(evil)), frame(evil, 1, 1, evil, None)]); 2];
        finding.notes = vec![evil.to_owned()];
        finding.settle_key(0);
        let mut report = fixtures::with_findings(vec![finding]);
        report.scope = evil.to_owned();
        report.evidence.connections.push(ConnectionEvidence::new(evil, Dialect::Unknown, 1));
        report.evidence.warnings = vec![evil.to_owned()];
        report.evidence.unused_allowances = vec![evil.to_owned()];
        report.evidence.notes = vec![evil.to_owned()];
        let text = plain(&report);
        assert!(!text.contains('\u{202e}'));
        assert!(text.matches("a␛[2J\u{fffd}31m␇").count() >= 14, "{text}");
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let mut blind = fixtures::clean("GET /posts", 0);
        blind.evidence.connections.clear();
        blind.evidence.late = 1;
        blind.evidence.shielded_panics = 1;
        let loud = fixtures::with_findings(vec![fixtures::n_plus_one(), fixtures::duplicate()]);
        for report in [fixtures::clean("GET /posts", 3), blind, loud] {
            let coloured = render(&report, Style::Coloured);
            assert!(coloured.contains("\u{1b}["), "{coloured}");
            assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), render(&report, Style::Plain));
        }
    }

    proptest! {
        /// The snippet renderer panics on spans that do not fit the text. Ours always fit.
        #[test]
        fn any_finding_is_rendered(source in "(\\PC|[\t\u{1b}\r\n\u{202e}]){0,300}", line: u32, column in 0_u32..400, text in ".{0,60}", queries: u64, nanos: u64) {
            let statement = Statement::new(&text, Dialect::Unknown);
            let mut finding = Finding::new(&N_PLUS_ONE, text.clone(), statement, Prescription::new(text.clone()).code(source.clone()));
            let mut place = frame(&text, line, column, &text, None);
            place.source = Some(Arc::from(source));
            finding.sites = vec![site(Some(0), vec![place.clone(), place])];
            finding.queries = queries;
            finding.database_time = Duration::from_nanos(nanos);
            let rendered = plain(&fixtures::with_findings(vec![finding]));
            prop_assert!(rendered.contains("evidence: "));
        }
    }
}
