//! The ways to watch a connection that are compared.

use std::fmt::{self, Write as _};
use std::hint::black_box;
use std::sync::Arc;

use diesel::connection::{Connection, InstrumentationEvent};
use diesel_doctor::reporters::Silent;
use diesel_doctor::{CallSites, Doctor, DoctorBuilder, DoctorInstrumentation, Profile};

use crate::peers;

/// A way to watch a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// No instrumentation.
    None,
    /// One that ignores every event.
    NoOp,
    /// One that formats each query into a sink: the least for anyone who wants the text.
    Floor,
    /// diesel-doctor, outside any scope.
    Outside,
    /// diesel-doctor in a scope, without call sites.
    Scope,
    /// diesel-doctor in a scope, with the call site of every query from the second run of its statement on.
    Repeats,
    /// diesel-doctor in a scope, with the call site of every query.
    CallSites,
    /// diesel-tracing, with a subscriber that takes everything and discards it.
    DieselTracing,
    /// fastrace-diesel, with a reporter that discards.
    FastraceDiesel,
}

impl Case {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::NoOp,
        Self::Floor,
        Self::Outside,
        Self::Scope,
        Self::Repeats,
        Self::CallSites,
        Self::DieselTracing,
        Self::FastraceDiesel,
    ];

    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NoOp => "no-op",
            Self::Floor => "floor",
            Self::Outside => "outside-scope",
            Self::Scope => "in-scope",
            Self::Repeats => "call-sites-repeats",
            Self::CallSites => "call-sites-always",
            Self::DieselTracing => "diesel-tracing",
            Self::FastraceDiesel => "fastrace-diesel",
        }
    }

    /// The case of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Watches the connection, and runs `work` where the case has it.
    ///
    /// # Panics
    /// When `work` does.
    pub fn run<C: Connection>(self, conn: &mut C, url: &str, work: impl FnOnce(&mut C)) {
        match self {
            Self::None => work(conn),
            Self::NoOp => {
                conn.set_instrumentation(ignore);
                work(conn);
            }
            Self::Floor => {
                conn.set_instrumentation(format_into_a_sink);
                work(conn);
            }
            Self::Outside => {
                conn.set_instrumentation(DoctorInstrumentation::new());
                work(conn);
            }
            Self::Scope => in_scope(CallSites::Off, conn, work),
            Self::Repeats => in_scope(CallSites::Repeats, conn, work),
            Self::CallSites => in_scope(CallSites::Always, conn, work),
            Self::DieselTracing => {
                conn.set_instrumentation(diesel_tracing::TracingInstrumentation::new(false));
                tracing::subscriber::with_default(peers::Discard, || work(conn));
            }
            Self::FastraceDiesel => {
                conn.set_instrumentation(fastrace_diesel::FastraceInstrumentation::new(url));
                peers::in_trace(|| work(conn));
            }
        }
    }
}

fn in_scope<C: Connection>(call_sites: CallSites, conn: &mut C, work: impl FnOnce(&mut C)) {
    conn.set_instrumentation(DoctorInstrumentation::new());
    let scope = doctor(call_sites).open("benchmark");
    scope.in_scope(|| work(conn));
    // Closing is another matter than recording: it is left out.
    std::mem::forget(scope);
}

fn doctor(call_sites: CallSites) -> Arc<Doctor> {
    let builder = DoctorBuilder::without_environment().profile(Profile::Test).reporter(Silent);
    Arc::new(builder.call_sites(call_sites).build().expect("the settings are valid"))
}

/// Counts what it is given, so that nothing can be left out.
struct Sink(usize);

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += black_box(text).len();
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is Diesel's")]
fn ignore(event: InstrumentationEvent<'_>) {
    black_box(&event);
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is Diesel's")]
fn format_into_a_sink(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        let mut sink = Sink(0);
        let _ = write!(sink, "{query}");
        black_box(sink.0);
    }
}
