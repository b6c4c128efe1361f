//! What a handler fails with.

use std::fmt;

use actix_web::ResponseError;

/// Any error: it is printed, and the client learns nothing of it.
#[derive(Debug)]
pub(crate) struct AppError;

impl<E: Into<anyhow::Error>> From<E> for AppError {
    fn from(error: E) -> Self {
        eprintln!("error: {:#}", error.into());
        Self
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("internal error")
    }
}

impl ResponseError for AppError {}
