//! A future that runs inside a scope.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::scope::ScopeHandle;

pin_project! {
    /// A future that enters a scope on every poll, and while it is dropped. Made by [`with_scope`](crate::DiagnoseExt::with_scope)
    /// and [`in_current_scope`](crate::DiagnoseExt::in_current_scope).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Scoped<F> {
        // `None` only during the drop: the inner future is dropped first, inside the scope.
        #[pin]
        inner: Option<F>,
        scope: Option<ScopeHandle>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            match this.scope {
                Some(scope) => scope.in_task(|| this.inner.set(None)),
                None => this.inner.set(None),
            }
        }
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(inner: F, scope: Option<ScopeHandle>) -> Self {
        Self { inner: Some(inner), scope }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        match this.scope {
            Some(scope) => scope.in_task(|| inner.poll(context)),
            None => inner.poll(context),
        }
    }
}
