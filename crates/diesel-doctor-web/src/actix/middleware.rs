//! What is given to an application.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use super::{DoctorService, ResponseBody};
use crate::Requests;

/// Makes each request to an application, or to a scope or resource of it, a scope; by [`Requests::middleware`].
#[derive(Clone, Debug)]
pub struct Middleware {
    requests: Requests,
}

impl Requests {
    /// The middleware for actix-web, to be given to
    /// [`App::wrap`](https://docs.rs/actix-web/4/actix_web/struct.App.html#method.wrap). Middlewares that are given after it are around
    /// it, and their queries are not the request's.
    ///
    /// Make the [`Requests`] once, outside the factory: each worker calls the factory, and all of them are to count together.
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
