//! One request and its response, from the first poll to the end of the body.

use diesel_doctor_core::{Live, Scope, ScopeHandle};

/// A request that is being answered. Dropping it ends the scope as dropped, or as panicked when a panic went through [`Exchange::run`].
#[derive(Debug)]
pub(crate) struct Exchange {
    handle: ScopeHandle,
    /// `None` for a request that is left out.
    scope: Option<Scope>,
    sends_server_timing: bool,
    /// Still set after a run only when that run panicked.
    running: bool,
}

impl Exchange {
    pub(crate) fn watched(scope: Scope, sends_server_timing: bool) -> Self {
        Self { handle: scope.handle(), scope: Some(scope), sends_server_timing, running: false }
    }

    /// A request whose queries are neither recorded nor missed.
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

    /// What the header `Server-Timing` is to say now, if it is to be sent.
    pub(crate) fn server_timing(&self) -> Option<Live> {
        if self.sends_server_timing { self.handle.live() } else { None }
    }

    /// The response is complete: the report is made elsewhere.
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
        // A panic that went through the last run stays noted.
        Some(exchange) => exchange.handle.in_task(part),
        None => part(),
    }
}
