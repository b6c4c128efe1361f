//! A handler's future, or a response's body, inside its request's scope.

use std::fmt;
use std::pin::Pin;
use std::task::{Poll, ready};

use pin_project_lite::pin_project;

use crate::exchange::{self, Exchange};

pin_project! {
    /// A part of the application that is polled and dropped inside its request's scope. Dropping this ends the scope.
    pub(crate) struct Inside<T> {
        // `None` once it has completed. It is dropped before the scope ends.
        #[pin]
        part: Option<T>,
        exchange: Option<Exchange>,
        // Whether the response needs nothing more from it.
        is_complete: bool,
    }

    impl<T> PinnedDrop for Inside<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.part.is_some() {
                exchange::drop_inside(this.exchange, || this.part.set(None));
            }
            if *this.is_complete {
                this.exchange.take().into_iter().for_each(Exchange::close);
            }
        }
    }
}

impl<T> fmt::Debug for Inside<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

impl<T> Inside<T> {
    pub(crate) fn new(part: T, exchange: Option<Exchange>) -> Self {
        Self { part: Some(part), exchange, is_complete: false }
    }

    /// A part that the response does not need.
    pub(crate) fn unneeded(part: T, exchange: Option<Exchange>) -> Self {
        Self { part: Some(part), exchange, is_complete: true }
    }

    /// The part, until it has completed.
    pub(crate) fn part(&self) -> Option<&T> {
        self.part.as_ref()
    }

    /// Polls the part; `None` when it has already completed.
    pub(crate) fn poll<R>(self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut T>) -> Poll<R>) -> Poll<Option<R>> {
        let this = self.project();
        let Some(part) = this.part.as_pin_mut() else { return Poll::Ready(None) };
        Poll::Ready(Some(ready!(exchange::run(this.exchange, || poll(part)))))
    }

    /// Drops the completed part and returns the exchange.
    pub(crate) fn finish(self: Pin<&mut Self>) -> Option<Exchange> {
        let mut this = self.project();
        exchange::run(this.exchange, || this.part.set(None));
        this.exchange.take()
    }

    /// Notes that the response needs nothing more from the part. The scope is closed when this is dropped.
    pub(crate) fn complete(self: Pin<&mut Self>) {
        *self.project().is_complete = true;
    }
}
