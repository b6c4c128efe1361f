//! Queries whose text says which scope they belong to, and the rule that finds them in another's report.

use diesel::query_builder::SqlQuery;
use diesel_doctor::{Analyzer, Finding, Prescription, QueryKind, Report, Rule, Snapshot};

/// Asks for a book, in a text that names the scope it is to be counted in.
pub fn query_of(scope: &str, id: i32) -> SqlQuery {
    diesel::sql_query(format!("SELECT title AS {scope} FROM books WHERE id = {id}"))
}

/// The texts of the queries, finished or not, that were counted in this scope and name another, in order; found by [`Strangers`].
pub fn strangers(report: &Report) -> Vec<&str> {
    let findings = report.findings().iter().filter(|finding| finding.rule.name == STRANGER.name);
    let mut texts: Vec<_> = findings.map(|finding| finding.message.as_str()).collect();
    texts.sort_unstable();
    texts
}

const STRANGER: Rule = Rule::new("stranger", "a query is in the scope that its text names", "");

/// The rule behind [`strangers`].
#[derive(Clone, Copy, Debug)]
pub struct Strangers;

impl Analyzer for Strangers {
    fn rule(&self) -> &'static Rule {
        &STRANGER
    }

    fn analyze(&self, snapshot: &Snapshot, findings: &mut Vec<Finding>) {
        let queries = snapshot.queries().iter().filter(|query| query.kind == QueryKind::User);
        findings.extend(queries.map(|query| snapshot.statement(query)).filter_map(|statement| {
            let text = statement.normalized();
            let is_own = text.split_whitespace().any(|word| word == snapshot.scope());
            (!is_own)
                .then(|| Finding::new(&STRANGER, text.to_owned(), statement.clone(), Prescription::new("find out why")))
        }));
    }
}
