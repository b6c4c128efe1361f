//! What a handler fails with.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Any error: the client learns nothing of it.
#[derive(Debug)]
pub(crate) struct AppError(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for AppError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        eprintln!("error: {:#}", self.0);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
