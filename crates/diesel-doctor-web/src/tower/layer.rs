//! The layer that a router or service is wrapped in.

use tower_layer::Layer;

use super::DoctorService;
use crate::Requests;

/// Makes a scope of each request to a service; made by [`Requests::layer`].
#[derive(Clone, Debug)]
pub struct DoctorLayer {
    requests: Requests,
}

impl Requests {
    /// Returns the middleware for tower, and for axum.
    ///
    /// In axum, pass it to [`Router::layer`](https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer) after the routes, so
    /// that it knows which route matched. Layers that are added after it run outside the request's scope, and their queries do not
    /// belong to it.
    pub fn layer(&self) -> DoctorLayer {
        DoctorLayer { requests: self.clone() }
    }
}

impl<S> Layer<S> for DoctorLayer {
    type Service = DoctorService<S>;

    fn layer(&self, inner: S) -> DoctorService<S> {
        DoctorService::new(inner, self.requests.clone())
    }
}
