//! The body of the response. The scope ends with it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::exchange::Exchange;
use crate::inside::Inside;

pin_project! {
    /// The body of a response, polled inside the request's scope. The scope ends when the body ends, or when the server drops it
    /// because the client is gone.
    pub struct ResponseBody<B> {
        #[pin]
        inner: Inside<B>,
        // How many bytes the server still reads, where that is known.
        left: Option<u64>,
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<B: Body> ResponseBody<B> {
    /// A body of which the server reads this many bytes; `None` when the number is not known.
    pub(super) fn new(inner: B, exchange: Option<Exchange>, left: Option<u64>) -> Self {
        let is_unneeded = left == Some(0) || inner.is_end_stream();
        let inner = if is_unneeded { Inside::unneeded(inner, exchange) } else { Inside::new(inner, exchange) };
        Self { inner, left }
    }
}

/// An empty body.
impl<B: Body + Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::new(B::default(), None, None)
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll(|body| body.poll_frame(context))).flatten();
        let is_last = match &frame {
            Some(Ok(frame)) => {
                let read = frame.data_ref().map_or(0, Buf::remaining) as u64;
                *this.left = this.left.map(|left| left.saturating_sub(read));
                frame.is_trailers() || *this.left == Some(0) || this.inner.part().is_none_or(Body::is_end_stream)
            }
            Some(Err(_)) => true,
            None => {
                this.inner.finish().into_iter().for_each(Exchange::close);
                return Poll::Ready(None);
            }
        };
        if is_last {
            this.inner.complete();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.part().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.part().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
