//! What is given to a router.

use tower_layer::Layer;

use super::DoctorService;
use crate::Requests;

/// Makes each request to a service a scope; by [`Requests::layer`].
#[derive(Clone, Debug)]
pub struct DoctorLayer {
    requests: Requests,
}

impl Requests {
    /// The middleware for tower, and for axum.
    ///
    /// In axum, give it to [`Router::layer`](https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer) after the routes, so that
    /// it knows which one was taken; layers that are given after it are around it, and their queries are not the request's.
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
