//! A service whose requests are scopes.

use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::{ResponseBody, ResponseFuture};
use crate::exchange;
use crate::{RequestLine, Requests};

/// A service whose requests are scopes; made by [`DoctorLayer`](super::DoctorLayer).
#[derive(Clone, Debug)]
pub struct DoctorService<S> {
    inner: S,
    requests: Requests,
}

/// Marks a request that this middleware has seen, so that a second one further in leaves it alone.
#[derive(Clone, Copy, Debug)]
struct Seen;

impl<S> DoctorService<S> {
    pub(super) fn new(inner: S, requests: Requests) -> Self {
        Self { inner, requests }
    }
}

impl<S, Q, B> Service<Request<Q>> for DoctorService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let mut exchange = match request.extensions_mut().insert(Seen) {
            Some(Seen) => None,
            None => self.requests.begin(&RequestLine::new(
                request.method().as_str(),
                request.uri().path(),
                template(&request),
            )),
        };
        let is_head = request.method() == Method::HEAD;
        let inner = exchange::run(&mut exchange, || self.inner.call(request));
        ResponseFuture::new(inner, exchange, is_head)
    }
}

/// The template of the route that was taken.
#[cfg(feature = "axum")]
fn template<Q>(request: &Request<Q>) -> Option<&str> {
    request.extensions().get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

/// Without a framework there are no templates.
#[cfg(not(feature = "axum"))]
fn template<Q>(_: &Request<Q>) -> Option<&str> {
    None
}
