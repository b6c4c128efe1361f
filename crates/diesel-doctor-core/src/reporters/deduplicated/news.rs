//! Selects the parts of a report that were not shown before.

use std::collections::{HashMap, HashSet};

use diesel_doctor_analysis::words::counted;
use diesel_doctor_analysis::{Finding, FindingKey, Report, Severity};

/// Why the verdict on a scope is blind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Blindness {
    NoConnection,
    Replaced,
    NotExamined,
}

/// Identifies a finding: its key, and the scope's name where the key has no function.
pub(super) type Place = (FindingKey, Option<String>);

pub(super) fn place(scope: &str, finding: &Finding) -> Place {
    let key = finding.key();
    (key.clone(), (!key.has_function()).then(|| scope.to_owned()))
}

/// Identifies a warning: the scope's name, and the text without numbers and the words after them, which differ from run to run.
pub(super) type Warning = (String, String);

pub(super) fn warning(scope: &str, text: &str) -> Warning {
    let mut words = text.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            words.next();
        } else {
            kept.push(word);
        }
    }
    (scope.to_owned(), kept.join(" "))
}

/// The new parts of a report.
#[derive(Debug, Default)]
pub(super) struct News {
    /// The new findings, each with the severity that was shown before.
    pub(super) findings: HashMap<Place, Option<Severity>>,
    pub(super) warnings: HashSet<Warning>,
    pub(super) blindness: Option<(String, Blindness)>,
}

impl News {
    /// The report, reduced to these parts.
    pub(super) fn report(&self, report: &Report) -> Report {
        let mut news = report.clone().into_parts();
        let is_new = |finding: &Finding| self.findings.contains_key(&place(&report.scope, finding));
        (news.findings, news.left_out) = news.findings.into_iter().partition(is_new);
        let evidence = &mut news.evidence;
        if !news.left_out.is_empty() {
            let known = counted(news.left_out.len() as u64, "finding");
            evidence.notes.push(format!("{known} left out, shown before"));
        }
        if let (Some((_, Blindness::NoConnection)), unscoped @ 1..) = (&self.blindness, news.unscoped_meanwhile) {
            let queries = counted(unscoped, "query");
            evidence.notes.push(format!("{queries} of this process ran outside any scope meanwhile"));
        }
        evidence.warnings.retain(|text| self.warnings.contains(&warning(&report.scope, text)));
        evidence.unused_allowances.clear();
        Report::from_parts(news)
    }
}
