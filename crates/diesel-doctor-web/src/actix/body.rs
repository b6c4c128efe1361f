//! The response's body, whose end is the end of the scope.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use crate::exchange::{self, Exchange};

pin_project! {
    /// The body of a response, polled inside the request's scope. The scope ends with it, also when a client that is gone makes the
    /// server drop it.
    pub struct ResponseBody<B> {
        // `None` once it is done: it is dropped inside the scope, before the scope ends.
        #[pin]
        inner: Option<B>,
        exchange: Option<Exchange>,
        size: BodySize,
        // Nothing more will be read.
        has_ended: bool,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                exchange::drop_inside(this.exchange, || this.inner.set(None));
            }
            if *this.has_ended {
                this.exchange.take().into_iter().for_each(Exchange::close);
            }
        }
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

impl<B: MessageBody> ResponseBody<B> {
    pub(super) fn new(inner: B, exchange: Option<Exchange>, is_read: bool) -> Self {
        let size = inner.size();
        Self { inner: Some(inner), exchange, has_ended: !is_read || size.is_eof(), size }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.inner.as_ref().map_or(self.size, MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let chunk = ready!(exchange::run(this.exchange, || inner.poll_next(context)));
        match &chunk {
            Some(Ok(_)) => {}
            Some(Err(_)) => *this.has_ended = true,
            None => {
                exchange::run(this.exchange, || this.inner.set(None));
                this.exchange.take().into_iter().for_each(Exchange::close);
            }
        }
        Poll::Ready(chunk)
    }
}
