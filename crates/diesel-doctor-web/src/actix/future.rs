//! The handler at work, inside its request's scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use pin_project_lite::pin_project;

use super::ResponseBody;
use crate::exchange::{self, Exchange};
use crate::server_timing;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pin_project! {
    /// The response to come, of a [`DoctorService`](super::DoctorService).
    #[must_use = "futures do nothing unless they are polled"]
    pub struct ResponseFuture<F> {
        // `None` once it is done: it is dropped inside the scope.
        #[pin]
        inner: Option<F>,
        exchange: Option<Exchange>,
        is_head: bool,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                exchange::drop_inside(this.exchange, || this.inner.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, exchange: Option<Exchange>, is_head: bool) -> Self {
        Self { inner: Some(inner), exchange, is_head }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("exchange", &self.exchange).finish_non_exhaustive()
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
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        let result = ready!(exchange::run(this.exchange, || inner.poll(context)));
        exchange::run(this.exchange, || this.inner.set(None));
        let exchange = this.exchange.take();
        match result {
            Ok(mut response) => {
                add_server_timing(&mut response, exchange.as_ref());
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

/// Adds the header, beside those that the application has set.
fn add_server_timing<B>(response: &mut ServiceResponse<B>, exchange: Option<&Exchange>) {
    if let Some(live) = exchange.and_then(Exchange::server_timing)
        && let Ok(value) = HeaderValue::try_from(server_timing::value(live))
    {
        response.headers_mut().append(SERVER_TIMING, value);
    }
}
