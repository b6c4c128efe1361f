//! The reporter that writes events into the program's own `tracing`.
//!
//! Fields have OpenTelemetry's name where it defines one. The other names start with `diesel_doctor`.

use std::io;

use diesel_doctor_analysis::render::clean::line;
use diesel_doctor_analysis::words::{counted, dialect_name};
use diesel_doctor_analysis::{CallSite, Confidence, Finding, Report, Severity, Verdict};

use super::Reporter;

/// Writes `tracing` events: one for each finding, then one for the scope. Their target is `diesel_doctor`.
///
/// The level of a finding's event is the finding's severity. The level of a scope's event is `WARN` when there are findings or the
/// verdict is blind, else `DEBUG`.
///
/// | field of a finding | |
/// |---|---|
/// | `db.system.name`, `db.query.summary`, `db.query.text` | the statement, with `?` for every value |
/// | `code.file.path`, `code.line.number`, `code.column.number`, `code.function.name` | the line, where it is known |
/// | `diesel_doctor.rule`, `diesel_doctor.key`, `diesel_doctor.scope`, `diesel_doctor.candidate` | which finding it is |
/// | `diesel_doctor.queries`, `diesel_doctor.database_time` | what it costs, the time in seconds |
/// | `diesel_doctor.prescription`, `diesel_doctor.code` | what to do |
///
/// | field of a scope | |
/// |---|---|
/// | `diesel_doctor.scope`, `diesel_doctor.ending`, `diesel_doctor.verdict` | `closed`, `dropped` or `panicked`; `clean`, `findings` or `blind` |
/// | `diesel_doctor.findings`, `diesel_doctor.queries`, `diesel_doctor.connections` | counts |
/// | `diesel_doctor.unfinished`, `diesel_doctor.dropped` | what weakens the evidence |
/// | `diesel_doctor.elapsed`, `diesel_doctor.database_time` | in seconds |
///
/// It wants repetitions: every request of a web server has its events. Their collector adds them up. The program's subscriber
/// filters them by level and limits their rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TracingReporter;

impl TracingReporter {
    /// A reporter that uses the subscriber of the thread that reports. Async code is reported on a thread of the doctor, which has
    /// the global subscriber.
    pub fn new() -> Self {
        Self
    }
}

impl Reporter for TracingReporter {
    fn report(&self, report: &Report) -> io::Result<()> {
        for finding in report.findings() {
            self::finding(report, finding);
        }
        scope(report);
        Ok(())
    }

    fn wants_repetitions(&self) -> bool {
        true
    }
}

/// An event whose level is known only at run time. `tracing` needs the level at compile time.
macro_rules! event {
    ($level:expr, $message:expr, { $($field:tt)* }) => {
        match $level {
            tracing::Level::ERROR => tracing::error!(target: "diesel_doctor", { $($field)* }, "{}", $message),
            tracing::Level::WARN => tracing::warn!(target: "diesel_doctor", { $($field)* }, "{}", $message),
            tracing::Level::INFO => tracing::info!(target: "diesel_doctor", { $($field)* }, "{}", $message),
            _ => tracing::debug!(target: "diesel_doctor", { $($field)* }, "{}", $message),
        }
    };
}

fn finding(report: &Report, finding: &Finding) {
    let level = match finding.severity {
        Severity::Error => tracing::Level::ERROR,
        Severity::Warning => tracing::Level::WARN,
        Severity::Info => tracing::Level::INFO,
    };
    let frame = finding.sites.first().and_then(CallSite::innermost);
    let function = frame.map(|frame| &*frame.function).filter(|name| !name.is_empty());
    let column = frame.map(|frame| frame.column).filter(|column| *column > 0);
    event!(level, line(&finding.message), {
        diesel_doctor.rule = finding.rule.name,
        diesel_doctor.scope = %line(&report.scope),
        diesel_doctor.key = %line(&finding.key().to_string()),
        diesel_doctor.candidate = finding.confidence == Confidence::Low,
        diesel_doctor.queries = finding.queries,
        diesel_doctor.database_time = finding.database_time.as_secs_f64(),
        diesel_doctor.prescription = %line(&finding.prescription.advice),
        diesel_doctor.code = finding.prescription.code.as_deref().map(line),
        db.system.name = dialect_name(finding.statement.dialect()),
        db.query.summary = %line(finding.statement.summary()),
        db.query.text = %line(finding.statement.normalized()),
        code.file.path = frame.map(|frame| line(&frame.file)),
        code.line.number = frame.map(|frame| frame.line),
        code.column.number = column,
        code.function.name = function.map(line),
    });
}

fn scope(report: &Report) {
    let evidence = report.evidence();
    let queries = counted(evidence.queries, "query");
    let findings = report.findings().len();
    let verdict = report.verdict();
    let (level, message) = match &verdict {
        Verdict::Clean => (tracing::Level::DEBUG, format!("{}: clean, {queries}", report.scope)),
        Verdict::Blind(reason) => (tracing::Level::WARN, format!("{}: nothing can be said: {reason}", report.scope)),
        _ => {
            let findings = counted(findings as u64, "finding");
            (tracing::Level::WARN, format!("{}: {findings} in {queries}", report.scope))
        }
    };
    event!(level, line(&message), {
        diesel_doctor.scope = %line(&report.scope),
        diesel_doctor.ending = report.ending().name(),
        diesel_doctor.verdict = verdict.name(),
        diesel_doctor.findings = findings,
        diesel_doctor.queries = evidence.queries,
        diesel_doctor.connections = evidence.connections.len(),
        diesel_doctor.unfinished = evidence.unfinished,
        diesel_doctor.dropped = evidence.dropped,
        diesel_doctor.elapsed = report.elapsed.as_secs_f64(),
        diesel_doctor.database_time = evidence.database_time.as_secs_f64(),
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt;
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::with_default;
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use diesel_doctor_analysis::render::fixtures;

    type Fields = BTreeMap<&'static str, String>;

    /// Keeps events as maps from field to text, with their level under `level`.
    #[derive(Clone, Default)]
    struct Events(Arc<Mutex<Vec<Fields>>>);

    struct Visitor(Fields);

    impl Visit for Visitor {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.insert(field.name(), format!("{value:?}"));
        }
    }

    impl Subscriber for Events {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            assert_eq!(event.metadata().target(), "diesel_doctor");
            let mut visitor = Visitor(Fields::from([("level", event.metadata().level().to_string())]));
            event.record(&mut visitor);
            self.0.lock().unwrap().push(visitor.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    fn events(report: &Report) -> Vec<Fields> {
        let events = Events::default();
        with_default(events.clone(), || TracingReporter::new().report(report).unwrap());
        std::mem::take(&mut *events.0.lock().unwrap())
    }

    #[track_caller]
    fn check(fields: &Fields, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(fields.get(name).map(String::as_str), Some(*value), "{name} in {fields:?}");
        }
    }

    #[test]
    fn it_wants_repetitions_also_behind_a_pointer() {
        let reporters: [Box<dyn Reporter>; 2] =
            [Box::new(TracingReporter::new()), Box::new(Arc::new(TracingReporter::new()))];
        assert!(reporters.iter().all(Reporter::wants_repetitions));
        assert!(!crate::reporters::Silent.wants_repetitions());
    }

    #[test]
    fn a_finding_has_the_statement_the_line_and_the_prescription() {
        let report = fixtures::with_findings(vec![fixtures::n_plus_one(), fixtures::duplicate()]);
        let events = events(&report);
        assert_eq!(events.len(), 3, "one for each finding and one for the scope");
        check(
            &events[0],
            &[
                ("level", "WARN"),
                ("message", "20 queries for `users` by `id`, each with another value"),
                ("diesel_doctor.rule", "\"n-plus-one\""),
                ("diesel_doctor.scope", "GET /posts"),
                ("diesel_doctor.candidate", "false"),
                ("diesel_doctor.queries", "20"),
                ("diesel_doctor.database_time", "0.00325"),
                ("diesel_doctor.prescription", "load the users in one query before the loop"),
                ("db.system.name", "\"sqlite\""),
                ("db.query.text", report.findings()[0].statement.normalized()),
                ("code.file.path", "\"src/posts.rs\""),
                ("code.line.number", "42"),
                ("code.column.number", "10"),
                ("code.function.name", "\"blog::posts::author_of\""),
            ],
        );
        check(&events[1], &[("level", "INFO"), ("code.line.number", "7"), ("db.system.name", "\"postgresql\"")]);
        assert!(!events[1].contains_key("code.column.number"), "what is not known has no field");
    }

    #[test]
    fn a_scope_has_its_verdict_and_its_counts() {
        let findings = events(&fixtures::with_findings(vec![fixtures::n_plus_one()]));
        let verdict = ("diesel_doctor.verdict", "\"findings\"");
        check(&findings[1], &[("level", "WARN"), verdict, ("message", "GET /posts: 1 finding in 23 queries")]);

        let clean = events(&fixtures::clean("GET /posts", 3));
        assert_eq!(clean.len(), 1);
        check(
            &clean[0],
            &[
                ("level", "DEBUG"),
                ("diesel_doctor.verdict", "\"clean\""),
                ("diesel_doctor.ending", "\"closed\""),
                ("diesel_doctor.queries", "3"),
                ("diesel_doctor.connections", "1"),
                ("diesel_doctor.elapsed", "0.02"),
            ],
        );

        let mut parts = fixtures::clean("GET /posts", 0).into_parts();
        parts.evidence.connections.clear();
        check(&events(&Report::from_parts(parts))[0], &[("level", "WARN"), ("diesel_doctor.verdict", "\"blind\"")]);
    }
}
