//! A service that makes a scope of each request.

use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{Error, HttpMessage as _};

use super::{ResponseBody, ResponseFuture};
use crate::exchange;
use crate::{RequestLine, Requests};

/// A service that makes a scope of each request; made by [`Middleware`](super::Middleware).
#[derive(Debug)]
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

impl<S, B> Service<ServiceRequest> for DoctorService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let is_seen = request.extensions_mut().insert(Seen).is_some();
        let mut exchange = if is_seen {
            None
        } else {
            let template = request.match_pattern();
            self.requests.begin(&RequestLine::new(request.method().as_str(), request.path(), template.as_deref()))
        };
        let is_head = request.method() == Method::HEAD;
        let inner = exchange::run(&mut exchange, || self.inner.call(request));
        ResponseFuture::new(inner, exchange, is_head)
    }
}
