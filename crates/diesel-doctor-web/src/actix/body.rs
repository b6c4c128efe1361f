//! The body of the response. The scope ends with it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use crate::exchange::Exchange;
use crate::inside::Inside;

pin_project! {
    /// The body of a response, polled inside the request's scope. The scope ends when the body ends, or when the server drops it
    /// because the client is gone.
    pub struct ResponseBody<B> {
        #[pin]
        inner: Inside<B>,
        size: BodySize,
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<B: MessageBody> ResponseBody<B> {
    pub(super) fn new(inner: B, exchange: Option<Exchange>, is_read: bool) -> Self {
        let size = inner.size();
        let is_needed = is_read && !size.is_eof();
        let inner = if is_needed { Inside::new(inner, exchange) } else { Inside::unneeded(inner, exchange) };
        Self { inner, size }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.inner.part().map_or(self.size, MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let mut this = self.project();
        let chunk = ready!(this.inner.as_mut().poll(|body| body.poll_next(context))).flatten();
        match &chunk {
            Some(Ok(_)) => {}
            Some(Err(_)) => this.inner.complete(),
            None => this.inner.finish().into_iter().for_each(Exchange::close),
        }
        Poll::Ready(chunk)
    }
}
