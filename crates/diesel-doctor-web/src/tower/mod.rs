//! The middleware for everything that is built on tower: axum, tonic, hyper with tower.

mod body;
mod future;
mod layer;
mod service;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::DoctorLayer;
pub use service::DoctorService;
