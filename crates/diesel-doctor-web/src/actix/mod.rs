//! The middleware for actix-web 4.

mod block;
mod body;
mod future;
mod middleware;
mod service;

pub use block::block;
pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use middleware::Middleware;
pub use service::DoctorService;
