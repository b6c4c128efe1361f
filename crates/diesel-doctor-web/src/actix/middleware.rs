//! The middleware that an application is wrapped in.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use super::{DoctorService, ResponseBody};
use crate::Requests;

/// Makes a scope of each request to an application, or to a scope or resource of it; made by [`Requests::middleware`].
#[derive(Clone, Debug)]
pub struct Middleware {
    requests: Requests,
}

impl Requests {
    /// Returns the middleware for actix-web. Pass it to
    /// [`App::wrap`](https://docs.rs/actix-web/4/actix_web/struct.App.html#method.wrap). Middlewares that are added after it run
    /// outside the request's scope, and their queries do not belong to it.
    ///
    /// Make the [`Requests`] once, outside the factory. Each worker calls the factory, and all workers should count together.
    pub fn middleware(&self) -> Middleware {
        Middleware { requests: self.clone() }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Middleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = DoctorService<S>;
    type InitError = ();
    type Future = Ready<Result<DoctorService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(DoctorService::new(inner, self.requests.clone())))
    }
}
