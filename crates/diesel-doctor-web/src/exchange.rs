//! One request and its response, from the first poll to the end of the body.

use diesel_doctor_core::{Live, Scope, ScopeHandle};

/// A request that is being answered. Dropping it ends the scope as dropped, or as panicked when a panic went through
/// [`Exchange::run`].
#[derive(Debug)]
pub(crate) struct Exchange {
    handle: ScopeHandle,
    /// `None` for an ignored request.
    scope: Option<Scope>,
    sends_server_timing: bool,
    /// Still set after a run only when that run panicked.
    running: bool,
}

impl Exchange {
    pub(crate) fn watched(scope: Scope, sends_server_timing: bool) -> Self {
        Self { handle: scope.handle(), scope: Some(scope), sends_server_timing, running: false }
    }

    /// A request whose queries are ignored: they are not recorded, and not counted as missed.
    pub(crate) fn left_out(handle: ScopeHandle) -> Self {
        Self { handle, scope: None, sends_server_timing: false, running: false }
    }

    /// Polls or drops a part of the application inside the scope.
    pub(crate) fn run<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.running = true;
        let result = self.handle.in_task(part);
        self.running = false;
        result
    }

    /// The counts for the header `Server-Timing`; `None` when it is not sent.
    pub(crate) fn server_timing(&self) -> Option<Live> {
        if self.sends_server_timing { self.handle.live() } else { None }
    }

    /// Closes the scope, because the response is complete. A thread of the doctor makes the report.
    pub(crate) fn close(mut self) {
        drop(self.scope.take().map(Scope::close_async));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let (Some(scope), true) = (&self.scope, self.running) {
            scope.mark_panicked();
        }
    }
}

/// Runs a part of the application inside the request's scope, if it has one.
pub(crate) fn run<T>(exchange: &mut Option<Exchange>, part: impl FnOnce() -> T) -> T {
    match exchange {
        Some(exchange) => exchange.run(part),
        None => part(),
    }
}

/// Drops a part of the application inside the request's scope, if it has one.
pub(crate) fn drop_inside(exchange: &mut Option<Exchange>, part: impl FnOnce()) {
    match exchange {
        // A panic in the last run stays noted.
        Some(exchange) => exchange.handle.in_task(part),
        None => part(),
    }
}
