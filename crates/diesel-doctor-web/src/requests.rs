//! The settings and counts of the middlewares: one value for the whole application.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use diesel_doctor_core::reporters::{Deduplicated, Summary};
use diesel_doctor_core::{Doctor, Report, Reporter, ScopeHandle, entered_depth, flush, shielded};

use crate::exchange::Exchange;
use crate::path_names::PathNames;
use crate::request_line::RequestLine;
use crate::sampling::Sampling;
use crate::server_timing::ServerTiming;

type Filter = Box<dyn Fn(&RequestLine<'_>) -> bool + Send + Sync>;
type OnReport = Box<dyn Fn(&Report) + Send + Sync>;

/// Makes an application's middleware, and sums up the findings of all its requests.
///
/// It is a handle: its clones, and the middlewares that they make, count together.
///
/// ```
/// use diesel_doctor_web::Requests;
///
/// let requests = Requests::builder().sample_rate(0.1).only(|request| request.path() != "/health").build();
/// // … and when the server has shut down:
/// eprint!("{}", requests.finish(std::time::Duration::from_secs(5)));
/// ```
#[derive(Clone)]
pub struct Requests {
    shared: Arc<Shared>,
}

struct Shared {
    settings: RequestsBuilder,
    sampling: Sampling,
    path_names: PathNames,
    /// Set at the first request, because the process's doctor may be set until then.
    settled: OnceLock<Settled>,
}

struct Settled {
    findings: Deduplicated<Outlet>,
    doctor: Arc<Doctor>,
    ignored: ScopeHandle,
}

impl Default for Requests {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

impl Requests {
    /// Watches all requests, with the process's doctor.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A builder that starts with the settings of [`Requests::new`].
    pub fn builder() -> RequestsBuilder {
        RequestsBuilder::default()
    }

    /// The findings of all requests that have been analysed so far.
    pub fn summary(&self) -> Summary {
        self.settled().findings.summary()
    }

    /// Waits until the reports of all finished requests are made and shown, but no longer than `timeout`. Returns the summary,
    /// which says how many are [still pending](Summary::pending). Call it at the end of the program, because pending reports are
    /// lost then. It blocks the thread.
    pub fn finish(&self, timeout: Duration) -> Summary {
        flush(timeout);
        self.summary()
    }

    /// Begins a request; `None` when it must be passed through unchanged.
    pub(crate) fn begin(&self, request: &RequestLine<'_>) -> Option<Exchange> {
        let settled = self.settled();
        let profile = settled.doctor.profile()?;
        if self.shared.settings.selects(request) && self.shared.sampling.choose() {
            let scope = settled.doctor.open(request.scope_name(&self.shared.path_names));
            Some(Exchange::watched(scope, self.shared.settings.server_timing.is_sent(profile)))
        } else {
            // Inside another scope, such as a test's, its queries belong to that scope.
            (entered_depth() == 0).then(|| Exchange::left_out(settled.ignored.clone()))
        }
    }

    fn settled(&self) -> &Settled {
        self.shared.settled.get_or_init(|| {
            let settings = &self.shared.settings;
            let doctor = settings.doctor.clone().unwrap_or_else(Doctor::of_process);
            let findings = Deduplicated::new(Outlet(doctor.reporting_where(|reporter| !reporter.wants_repetitions())));
            let receiver = Receiver {
                findings: findings.clone(),
                repetitions: doctor.reporting_where(|reporter| reporter.wants_repetitions()),
                on_report: settings.on_report.clone(),
            };
            let doctor = Arc::new(doctor.reporting_to(receiver));
            Settled { findings, ignored: doctor.ignored(), doctor }
        })
    }
}

/// Builds [`Requests`].
#[derive(Clone)]
#[must_use]
pub struct RequestsBuilder {
    doctor: Option<Arc<Doctor>>,
    sample_rate: f64,
    filter: Option<Arc<Filter>>,
    server_timing: ServerTiming,
    on_report: Option<Arc<OnReport>>,
}

impl Default for RequestsBuilder {
    fn default() -> Self {
        Self { doctor: None, sample_rate: 1.0, filter: None, server_timing: ServerTiming::default(), on_report: None }
    }
}

impl fmt::Debug for RequestsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestsBuilder")
            .field("doctor", &self.doctor)
            .field("sample_rate", &self.sample_rate)
            .field("server_timing", &self.server_timing)
            .finish_non_exhaustive()
    }
}

impl RequestsBuilder {
    /// Sets the doctor; by default it is the process's. Its reporters get only what is new in each report. Reporters that [want
    /// repetitions](Reporter::wants_repetitions) get every report.
    pub fn doctor(mut self, doctor: impl Into<Arc<Doctor>>) -> Self {
        self.doctor = Some(doctor.into());
        self
    }

    /// Sets which part of the requests is watched: 0.1 is one in ten. By default all are. Queries of the others do not count as
    /// missed.
    pub fn sample_rate(mut self, part: f64) -> Self {
        self.sample_rate = part;
        self
    }

    /// Watches only requests for which the filter returns `true`. It runs for every request, before the handler. A panic in it
    /// counts as `true`.
    pub fn only(mut self, filter: impl Fn(&RequestLine<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(Box::new(filter)));
        self
    }

    /// Sets whether responses carry the header `Server-Timing`. By default they do in the test profile.
    pub fn server_timing(mut self, server_timing: ServerTiming) -> Self {
        self.server_timing = server_timing;
        self
    }

    /// Calls `callback` with the report of every watched request, on a thread of the doctor. It does not get the reports of scopes
    /// inside a request. A panic in it is caught and counted in the health.
    pub fn on_report(mut self, callback: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.on_report = Some(Arc::new(Box::new(callback)));
        self
    }

    /// Builds the [`Requests`].
    pub fn build(self) -> Requests {
        let sampling = Sampling::new(self.sample_rate);
        let path_names = PathNames::default();
        Requests { shared: Arc::new(Shared { settings: self, sampling, path_names, settled: OnceLock::new() }) }
    }

    fn selects(&self, request: &RequestLine<'_>) -> bool {
        let Some(filter) = &self.filter else { return true };
        shielded(|| filter(request)).unwrap_or(true)
    }
}

/// Receives the report of every request.
struct Receiver {
    findings: Deduplicated<Outlet>,
    /// A doctor with the reporters that get every report.
    repetitions: Doctor,
    on_report: Option<Arc<OnReport>>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("findings", &self.findings).finish_non_exhaustive()
    }
}

impl Reporter for Receiver {
    fn report(&self, report: &Report) -> io::Result<()> {
        // Errors of the doctor's reporters are already counted there.
        let _ = self.findings.report(report);
        self.repetitions.send(report);
        if let Some(callback) = self.on_report.as_ref().filter(|_| !report.is_inner()) {
            callback(report);
        }
        Ok(())
    }
}

/// The reporters of the application's doctor that get only what is new.
#[derive(Debug)]
struct Outlet(Doctor);

impl Reporter for Outlet {
    fn report(&self, report: &Report) -> io::Result<()> {
        if self.0.send(report) { Ok(()) } else { Err(io::Error::other("a reporter refused the report")) }
    }
}
