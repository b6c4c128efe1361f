//! A future in its own scope, whose report goes to the reporters.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::scope::{Scope, ScopeBuilder};

pin_project! {
    /// A future in its own scope. It completes with the inner output, and the report goes to the doctor's reporters. Made by
    /// [`run_future`](crate::ScopeBuilder::run_future).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Delivered<F> {
        // `None` once it has completed. It is dropped inside the scope, before the scope is closed.
        #[pin]
        inner: Option<F>,
        // `None` once the report is on its way.
        scope: Option<Scope>,
        state: State,
    }

    impl<F> PinnedDrop for Delivered<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(scope) = this.scope.take() else { return };
            if *this.state == State::Polling {
                scope.mark_panicked();
            }
            scope.handle().in_task(|| this.inner.set(None));
            drop(if *this.state == State::New { scope.forget_if_never_asked() } else { Some(scope) });
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    /// Still set after a poll only when that poll panicked.
    Polling,
    Polled,
}

impl ScopeBuilder {
    /// Runs a future in the scope, which opens now. It completes with the future's output, and the report goes to the doctor's
    /// reporters. There is no report when the future is dropped before its first poll and before it made a query.
    pub fn run_future<F: Future>(self, future: F) -> Delivered<F> {
        Delivered::new(future, self.open())
    }

    /// Like `run_future`, but a closure makes the future now, inside the scope, because some queries start before the first poll.
    pub fn run_future_of<F: Future>(self, make: impl FnOnce() -> F) -> Delivered<F> {
        let scope = self.open();
        let future = scope.in_scope(make);
        Delivered::new(future, scope)
    }
}

impl<F: Future> Delivered<F> {
    fn new(inner: F, scope: Scope) -> Self {
        Self { inner: Some(inner), scope: Some(scope), state: State::New }
    }
}

impl<F: Future> Future for Delivered<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let (Some(inner), Some(scope)) = (this.inner.as_mut().as_pin_mut(), this.scope.as_ref()) else {
            // It was polled again after it was ready. Executors do not do that.
            return Poll::Pending;
        };
        let handle = scope.handle();
        *this.state = State::Polling;
        let polled = handle.in_task(|| inner.poll(context));
        *this.state = State::Polled;
        let output = ready!(polled);
        handle.in_task(|| this.inner.set(None));
        this.scope.take().into_iter().for_each(Scope::deliver);
        Poll::Ready(output)
    }
}
