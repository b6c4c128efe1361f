//! The health of the process: what the doctor saw, and what it may have missed.

use std::fmt;

use diesel_doctor_analysis::render::clean::line;
use diesel_doctor_analysis::words::counted;

use super::blinding;
use super::counters::COUNTERS;
use super::of_process::configuration_error;

/// What the doctor saw in this process so far, and what it may have missed. `Display` prints one line for each problem, with what
/// to do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// Connections that were watched.
    pub connections: u64,
    /// Attempts to connect that failed.
    pub connections_failed: u64,
    /// Watched connections whose instrumentation was replaced; they are not watched since then. Detected from the call stack, so
    /// only in builds with function names.
    pub replaced: u64,
    /// Whether other code has replaced our default instrumentation in Diesel. Connections opened since then are not watched.
    pub default_overridden: bool,
    /// Queries on watched connections that ran outside any scope.
    pub unscoped: u64,
    /// Queries that were ignored by request, such as those of a web request that was not sampled.
    pub ignored: u64,
    /// Queries that came after their scope was closed.
    pub late: u64,
    /// Queries that scopes counted without keeping a sample.
    pub dropped: u64,
    /// Statements that have a fingerprint but could not be parsed; each scope counts its own.
    pub not_parsed: u64,
    /// Panics of the doctor's own code, or of a bind's `Debug`, that were caught.
    pub shielded_panics: u64,
    /// Connections whose recorder stopped recording after a panic of its own.
    pub silenced: u64,
    /// Reports on which a reporter failed or panicked.
    pub reports_lost: u64,
    /// Ends of queries without a start; some of Diesel's connections send a few.
    pub stray_finishes: u64,
    /// Checkouts from a pool whose connection is not watched: it has a foreign instrumentation, or is still in use.
    pub unwatched: u64,
    /// Guards of scopes that were held over an `await`.
    pub held_guards: u64,
    /// Scopes without a report: the thread that makes reports for async code could not be started, or was overloaded.
    pub not_analysed: u64,
    /// Reports that were made but reached no reporter, because the reporters were too slow.
    pub not_reported: u64,
    /// Reports of scopes that were opened inside a reporter or an analyzer, and that nobody received: they were left out, because they would have
    /// come to the same reporter.
    pub reports_inside: u64,
    /// What is wrong with the configuration, if the doctor runs on defaults because of it.
    pub configuration_error: Option<String>,
}

impl Health {
    /// The health of this process now. It may resolve a few call stacks, so do not call it on latency-critical threads.
    pub fn of_process() -> Self {
        let counters = &COUNTERS;
        Self {
            connections: counters.connections.get(),
            connections_failed: counters.connections_failed.get(),
            replaced: blinding::replaced(),
            default_overridden: false,
            unscoped: counters.unscoped.get(),
            ignored: counters.ignored.get(),
            late: counters.late.get(),
            dropped: counters.dropped.get(),
            not_parsed: counters.not_parsed.get(),
            shielded_panics: counters.shielded_panics.get(),
            silenced: counters.silenced.get(),
            reports_lost: counters.reports_lost.get(),
            stray_finishes: counters.stray_finishes.get(),
            held_guards: counters.held_guards.get(),
            unwatched: counters.unwatched.get(),
            not_analysed: counters.not_analysed.get(),
            not_reported: counters.not_reported.get(),
            reports_inside: counters.reports_inside.get(),
            configuration_error: configuration_error(),
        }
    }

    /// The reasons why the doctor may not see everything, one line each, with what to do; empty when there is none.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |count: u64, noun: &str, rest: &str| {
            if count > 0 {
                warnings.push(format!("{} {rest}", counted(count, noun)));
            }
        };
        warn(
            self.replaced,
            "connection",
            "went blind: set_instrumentation was called after diesel-doctor; chain it with DoctorInstrumentation::chain",
        );
        warn(self.silenced, "connection", "went silent after a panic of diesel-doctor: please report it");
        warn(
            self.unscoped,
            "query",
            "ran outside any scope: enter one with diagnose, carry it to tasks with .in_current_scope() and to threads \
             with bind(), and give pools and wrapped connections it with .doctored(\"name\") and .doctor(\"name\")",
        );
        warn(
            self.unwatched,
            "checkout",
            "of a pool could not be watched: the connection has an instrumentation of somebody else's, which \
             DoctorInstrumentation::chain keeps working, or a future of its last user is still alive",
        );
        warn(self.held_guards, "guard", "of enter() held over an await: use with_scope(&scope) on the future instead");
        warn(
            self.not_analysed,
            "scope",
            "ended without an analysis: the thread that does so could not be started, had too much to do, or took too long",
        );
        warn(self.not_reported, "report", "came to no reporter: a reporter is too slow, or stuck");
        warn(
            self.reports_inside,
            "report",
            "of what a reporter or an analyzer did itself was left out: do that work in a handle of Doctor::ignored",
        );
        warn(
            self.late,
            "query",
            "came after the scope was closed: close it later, or give the background work a scope of its own",
        );
        warn(self.dropped, "query", "was counted without a sample, because the scope was full: use smaller scopes");
        warn(self.shielded_panics, "panic", "was caught while recording, analysing or reporting");
        warn(self.reports_lost, "report", "was refused by its reporter");
        if self.connections == 0 {
            warnings.push("no watched connection was seen: call install() before connections are opened, or conn.doctor(\"name\")".to_owned());
        }
        if self.default_overridden {
            warnings.push("Diesel's default instrumentation was replaced after install(): pass that constructor to install_with instead".to_owned());
        }
        warnings.extend(self.configuration_error.clone());
        warnings
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "health: {} watched, {} outside any scope, {} late, {} without a sample",
            counted(self.connections, "connection"),
            counted(self.unscoped, "query"),
            self.late,
            self.dropped
        )?;
        self.warnings().iter().try_for_each(|warning| writeln!(f, "health: warning: {}", line(warning)))
    }
}
