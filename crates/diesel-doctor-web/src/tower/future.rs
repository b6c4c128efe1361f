//! The future of the response. The handler runs inside its request's scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::ResponseBody;
use crate::exchange::Exchange;
use crate::inside::Inside;
use crate::server_timing;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pin_project! {
    /// The future of a [`DoctorService`](super::DoctorService)'s response.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        handler: Inside<F>,
        is_head: bool,
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("handler", &self.handler).finish_non_exhaustive()
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(handler: F, exchange: Option<Exchange>, is_head: bool) -> Self {
        Self { handler: Inside::new(handler, exchange), is_head }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(result) = ready!(this.handler.as_mut().poll(|handler| handler.poll(context))) else {
            // It was polled again after it was ready. Executors do not do that.
            return Poll::Pending;
        };
        let mut exchange = this.handler.finish();
        match result {
            Ok(mut response) => {
                add_server_timing(&mut response, exchange.as_ref());
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    exchange.take().into_iter().for_each(Exchange::close);
                }
                let length = length(&response, *this.is_head);
                Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, exchange, length))))
            }
            Err(error) => {
                exchange.into_iter().for_each(Exchange::close);
                Poll::Ready(Err(error))
            }
        }
    }
}

/// Adds the header. Values that the application has set stay.
fn add_server_timing<B>(response: &mut Response<B>, exchange: Option<&Exchange>) {
    if let Some(live) = exchange.and_then(Exchange::server_timing)
        && let Ok(value) = HeaderValue::try_from(server_timing::value(live))
    {
        // A header map has room for 32,768 entries. When it is full, the response has no such header.
        let _ = response.headers_mut().try_append(SERVER_TIMING, value);
    }
}

/// How many bytes of the body a server reads, where that is known. After them it stops, without polling for the end.
fn length<B: Body>(response: &Response<B>, is_head: bool) -> Option<u64> {
    if is_head || !may_have_body(response.status()) {
        return Some(0);
    }
    let header = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    header.or_else(|| response.body().size_hint().exact())
}

/// Servers drop the body of other responses without reading it.
fn may_have_body(status: StatusCode) -> bool {
    !status.is_informational() && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}
