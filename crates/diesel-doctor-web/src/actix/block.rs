//! Blocking work that stays in its request's scope.

use std::future::Future;

use actix_web::error::BlockingError;
use actix_web::web;
use diesel_doctor_core::bind;

/// Runs a closure on a thread for blocking work, like [`web::block`], but inside the current scope. It is the same as
/// `web::block(bind(f))`.
///
/// # Errors
/// Like [`web::block`]: when the closure panicked, or the runtime is shutting down.
pub fn block<F, R>(f: F) -> impl Future<Output = Result<R, BlockingError>>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    web::block(bind(f))
}
