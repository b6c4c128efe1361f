//! A future in its own scope, which returns the report.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use diesel_doctor_analysis::Report;
use pin_project_lite::pin_project;

use super::Closing;
use crate::scope::{Scope, ScopeBuilder};

pin_project! {
    /// A future in its own scope. It completes with the inner output and the report. Made by
    /// [`diagnose`](crate::DiagnoseExt::diagnose).
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Diagnosed<F: Future> {
        // `None` once it has completed. It is dropped inside the scope, before the scope is closed.
        #[pin]
        inner: Option<F>,
        // `None` once the scope is open.
        builder: Option<ScopeBuilder>,
        scope: Option<Scope>,
        output: Option<F::Output>,
        closing: Option<Closing>,
        // Still set after a poll only when that poll panicked.
        polling: bool,
    }

    impl<F: Future> PinnedDrop for Diagnosed<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            match this.scope {
                Some(scope) => {
                    if *this.polling {
                        scope.mark_panicked();
                    }
                    scope.handle().in_task(|| this.inner.set(None));
                }
                None => this.inner.set(None),
            }
        }
    }
}

impl<F: Future> std::fmt::Debug for Diagnosed<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Diagnosed").field("builder", &self.builder).field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl ScopeBuilder {
    /// Runs a future in the scope. The scope opens at the first poll. It completes with the future's output and the report.
    pub fn diagnose_future<F: Future>(self, future: F) -> Diagnosed<F> {
        Diagnosed { inner: Some(future), builder: Some(self), scope: None, output: None, closing: None, polling: false }
    }
}

impl<F: Future> Future for Diagnosed<F> {
    type Output = (F::Output, Report);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(inner) = this.inner.as_mut().as_pin_mut() {
            if let Some(builder) = this.builder.take() {
                *this.scope = Some(builder.open());
            }
            let Some(scope) = this.scope.as_ref() else { return Poll::Pending };
            let handle = scope.handle();
            *this.polling = true;
            let output = ready!({
                let polled = handle.in_task(|| inner.poll(context));
                *this.polling = false;
                polled
            });
            *this.output = Some(output);
            handle.in_task(|| this.inner.set(None));
            *this.closing = this.scope.take().map(Scope::close_async);
        }
        let (Some(closing), true) = (this.closing.as_mut(), this.output.is_some()) else { return Poll::Pending };
        let report = ready!(Pin::new(closing).poll(context));
        *this.closing = None;
        match this.output.take() {
            Some(output) => Poll::Ready((output, report)),
            None => Poll::Pending,
        }
    }
}
