//! The settings of the middlewares, and what they have counted: one value for the whole application.

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

/// The requests of an application: makes its middleware, and tells what was found in all of them.
///
/// It is a handle: its clones, and the middlewares made by them, count together.
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
    /// Settled with the first request: until then the process may still be given a doctor.
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
    /// All requests, under the process's doctor.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts with the settings of [`Requests::new`].
    pub fn builder() -> RequestsBuilder {
        RequestsBuilder::default()
    }

    /// What was found in all requests that have been analysed so far.
    pub fn summary(&self) -> Summary {
        self.settled().findings.summary()
    }

    /// Waits until the reports of all requests that have ended are made and shown, but no longer than `timeout`, and returns the summary,
    /// which says how many are [still under way](Summary::pending). For the end of the program: these are lost then. Blocks the thread.
    pub fn finish(&self, timeout: Duration) -> Summary {
        flush(timeout);
        self.summary()
    }

    /// A request begins; `None` when it is to be passed through untouched.
    pub(crate) fn begin(&self, request: &RequestLine<'_>) -> Option<Exchange> {
        let settled = self.settled();
        let profile = settled.doctor.profile()?;
        if self.shared.settings.selects(request) && self.shared.sampling.choose() {
            let scope = settled.doctor.open(request.scope_name(&self.shared.path_names));
            Some(Exchange::watched(scope, self.shared.settings.server_timing.is_sent(profile)))
        } else {
            // Inside another scope, such as a test's, its queries are that scope's.
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
    /// The doctor; by default the process's. Its reporters get what is new in each report, but for those that
    /// [want repetitions](Reporter::wants_repetitions), which get every report.
    pub fn doctor(mut self, doctor: impl Into<Arc<Doctor>>) -> Self {
        self.doctor = Some(doctor.into());
        self
    }

    /// Which part of the requests is watched: 0.1 for one in ten. By default all are. Queries of the others are not counted as missed.
    pub fn sample_rate(mut self, part: f64) -> Self {
        self.sample_rate = part;
        self
    }

    /// Watches only the requests that pass the filter. It runs for every request, before the handler; a panic in it counts as a pass.
    pub fn only(mut self, filter: impl Fn(&RequestLine<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(Box::new(filter)));
        self
    }

    /// Whether responses tell how many queries they took; by default in the test profile.
    pub fn server_timing(mut self, server_timing: ServerTiming) -> Self {
        self.server_timing = server_timing;
        self
    }

    /// Calls back with the report of every watched request, on the doctor's thread; not with those of scopes inside a request. A panic in it
    /// is caught, and counted in the health.
    pub fn on_report(mut self, callback: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.on_report = Some(Arc::new(Box::new(callback)));
        self
    }

    /// Builds it.
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
    /// With the reporters that get every report.
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
        // What the doctor's reporters refused is counted there already.
        let _ = self.findings.report(report);
        self.repetitions.send(report);
        if let Some(callback) = self.on_report.as_ref().filter(|_| !report.is_inner()) {
            callback(report);
        }
        Ok(())
    }
}

/// The reporters of the application's doctor that get what is new.
#[derive(Debug)]
struct Outlet(Doctor);

impl Reporter for Outlet {
    fn report(&self, report: &Report) -> io::Result<()> {
        if self.0.send(report) { Ok(()) } else { Err(io::Error::other("a reporter refused the report")) }
    }
}
