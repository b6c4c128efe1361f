//! Reports for the tests of renderers and reporters.

use std::time::Duration;

use diesel_doctor_sql::{Dialect, Statement};

use crate::finding::{Finding, Prescription, Rule, Severity};
use crate::record::{CallSite, SourceFrame};
use crate::report::{CallSiteEvidence, ConnectionEvidence, Ending, Evidence, Report, ReportParts};
use crate::setting::Profile;

pub static N_PLUS_ONE: Rule = Rule::new("n-plus-one", "queries in a loop", "");
pub static DUPLICATE: Rule = Rule::new("duplicate-query", "the same query again", "");

/// A report of a scope without findings, in which this many queries were made.
pub fn clean(scope: &str, queries: u64) -> Report {
    let mut evidence = Evidence { profile: Profile::Test, ..Evidence::default() };
    evidence.connections.push(ConnectionEvidence::new("main", Dialect::Sqlite, queries));
    evidence.queries = queries;
    evidence.database_time = Duration::from_micros(4_100);
    Report::from_parts(ReportParts {
        elapsed: Duration::from_millis(20),
        evidence,
        ..ReportParts::new(scope, Ending::Closed)
    })
}

/// A report with these findings.
pub fn with_findings(findings: Vec<Finding>) -> Report {
    let mut report = clean("GET /posts", 23);
    report.evidence.transaction_statements = 2;
    report.evidence.call_sites = CallSiteEvidence { captured: 2, needed: 2, resolved: 2, missing: None };
    report.findings = findings;
    report
}

/// An N+1 loop with everything that a finding can have.
pub fn n_plus_one() -> Finding {
    let statement = Statement::new(
        "SELECT `users`.`id`, `users`.`name` FROM `users` WHERE (`users`.`id` = ?) LIMIT ?",
        Dialect::Sqlite,
    );
    let prescription = Prescription::new("load the users in one query before the loop")
        .code("let users = users::table\n    .filter(users::id.eq_any(ids))\n    .load::<User>(conn)?;");
    let mut finding = Finding::new(
        &N_PLUS_ONE,
        "20 queries for `users` by `id`, each with another value".to_owned(),
        statement,
        prescription,
    );
    finding.sites = vec![site(
        Some(1),
        vec![
            frame("src/posts.rs", 42, 10, "blog::posts::author_of", Some("        .first(conn)?;")),
            frame(
                "src/posts.rs",
                30,
                22,
                "blog::posts::with_authors",
                Some("        let author = author_of(conn, post.user_id)?;"),
            ),
            frame("src/main.rs", 12, 5, "blog::main", None),
        ],
    )];
    finding.queries = 20;
    finding.database_time = Duration::from_micros(3_250);
    finding.notes = vec!["20 of 20 values are distinct".to_owned()];
    finding.settle_key(0);
    finding
}

/// The finding without its call sites.
pub fn without_place(mut finding: Finding) -> Finding {
    finding.sites.clear();
    finding.settle_key(0);
    finding
}

/// The same query from two places whose source cannot be read.
pub fn duplicate() -> Finding {
    let statement = Statement::new("SELECT * FROM settings", Dialect::PostgreSql);
    let prescription = Prescription::new("load it once and pass it on");
    let mut finding = Finding::new(&DUPLICATE, "the same query ran 2 times".to_owned(), statement, prescription);
    finding.severity = Severity::Info;
    finding.sites = vec![
        site(None, vec![frame("src/a.rs", 7, 0, "blog::a", None)]),
        site(None, vec![frame("src/b.rs", 9, 3, "", None)]),
    ];
    finding.queries = 2;
    finding.settle_key(1);
    finding
}

pub fn site(likely_loop: Option<usize>, frames: Vec<SourceFrame>) -> CallSite {
    let mut site = CallSite::new(frames);
    site.likely_loop = likely_loop;
    site
}

pub fn frame(file: &str, line: u32, column: u32, function: &str, source: Option<&str>) -> SourceFrame {
    let mut frame = SourceFrame::new(file, line, column, function);
    frame.source = source.map(Into::into);
    frame
}

/// The text without the fingerprint and the summary of the SQL, for snapshots that test something else.
pub fn stable(text: &str, report: &Report) -> String {
    report.findings().iter().fold(text.to_owned(), |text, finding| {
        let summary = format!("\"summary\": \"{}\"", finding.statement.summary());
        text.replace(&finding.statement.fingerprint().to_string(), "<fingerprint>")
            .replace(&summary, "\"summary\": <summary>")
    })
}
