//! A service that makes a scope of each request.

use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::{ResponseBody, ResponseFuture};
use crate::exchange;
use crate::{RequestLine, Requests};

/// A service that makes a scope of each request; made by [`DoctorLayer`](super::DoctorLayer).
#[derive(Clone, Debug)]
pub struct DoctorService<S> {
    inner: S,
    requests: Requests,
}

/// Marks a request that this middleware has seen, so that a second, inner one does not handle it again.
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
            None => self.requests.begin(&line(&request)),
        };
        let is_head = request.method() == Method::HEAD;
        let inner = exchange::run(&mut exchange, || self.inner.call(request));
        ResponseFuture::new(inner, exchange, is_head)
    }
}

/// The request line with the route that axum knows, or without routes when axum is not used.
#[cfg(feature = "axum")]
fn line<Q>(request: &Request<Q>) -> RequestLine<'_> {
    use axum::extract::{MatchedPath, NestedPath, OriginalUri};

    let (method, path, known) = (request.method().as_str(), request.uri().path(), request.extensions());
    if let Some(template) = known.get::<MatchedPath>() {
        RequestLine::new(method, path, Some(template.as_str()))
    } else if let Some(template) = known.get::<NestedPath>() {
        RequestLine::beneath(method, path, template.as_str())
    } else if known.get::<OriginalUri>().is_some() {
        // A router has handled the request, but no route matched.
        RequestLine::new(method, path, None)
    } else {
        RequestLine::without_routes(method, path)
    }
}

/// Without a framework there are no routes.
#[cfg(not(feature = "axum"))]
fn line<Q>(request: &Request<Q>) -> RequestLine<'_> {
    RequestLine::without_routes(request.method().as_str(), request.uri().path())
}
