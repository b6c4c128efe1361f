//! The future of the response. The handler runs inside its request's scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
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
    F: Future<Output = Result<ServiceResponse<B>, E>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, E>;

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
                // The body of an upgraded connection is the connection itself, which may stay open for ever.
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    exchange.take().into_iter().for_each(Exchange::close);
                }
                let is_read = !*this.is_head;
                Poll::Ready(Ok(response.map_body(|_, body| ResponseBody::new(body, exchange, is_read))))
            }
            Err(error) => {
                exchange.into_iter().for_each(Exchange::close);
                Poll::Ready(Err(error))
            }
        }
    }
}

/// Adds the header. Values that the application has set stay.
fn add_server_timing<B>(response: &mut ServiceResponse<B>, exchange: Option<&Exchange>) {
    if let Some(live) = exchange.and_then(Exchange::server_timing)
        && let Ok(value) = HeaderValue::try_from(server_timing::value(live))
    {
        response.headers_mut().append(SERVER_TIMING, value);
    }
}
