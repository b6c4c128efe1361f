//! diesel-doctor for web servers: a request is a scope, from its first poll to the end of the response's body.
#![cfg_attr(
    feature = "axum",
    doc = r#"
```
use axum::{Router, routing::get};
use diesel_doctor_web::Requests;

let requests = Requests::new();
let app: Router = Router::new().route("/posts/{id}", get(|| async { "a post" })).layer(requests.layer());
```
"#
)]
//!
//! # What happens to a request
//! - It gets a scope that is named by its method and route template, such as `GET /posts/{id}`. Every query on the request's task belongs
//!   to it; [`bind`](diesel_doctor_core::bind) and
//!   [`in_current_scope`](diesel_doctor_core::DiagnoseExt::in_current_scope) carry it to other threads and tasks.
//! - The scope ends with the response's body, or when the client is gone, whichever comes first. Resolving, analysing and reporting happen
//!   afterwards, on a thread of the doctor's.
//! - Each finding is shown in full once, by the doctor's reporters, and counted from then on: [`Requests::summary`].
//!
//! Response, body, headers and errors are those of the handler; only the header `Server-Timing` is added, in the test profile.
//! A panic of the handler goes on as it came.
//!
//! # Features
//! - `tower`: `Requests::layer`, for everything that is built on tower;
//! - `axum`: the same, with axum's route template;
//! - `actix`: `Requests::middleware`, for actix-web 4.
#![cfg_attr(
    not(any(feature = "actix", feature = "tower")),
    expect(dead_code, reason = "what the adapters share; none is built")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
pub mod actix;
mod exchange;
#[cfg(any(feature = "actix", feature = "tower"))]
mod inside;
mod path_names;
mod request_line;
mod requests;
mod sampling;
mod server_timing;
#[cfg(feature = "tower")]
pub mod tower;

pub use diesel_doctor_core::reporters::{Repeated, Summary};
pub use request_line::RequestLine;
pub use requests::{Requests, RequestsBuilder};
pub use server_timing::ServerTiming;

/// The pages whose code is run as tests.
#[cfg(all(doctest, feature = "actix", feature = "axum"))]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../../../docs/async.md")]
    struct AsyncCode;

    #[doc = include_str!("../../../docs/getting-started.md")]
    struct GettingStarted;

    #[doc = include_str!("../../../docs/web.md")]
    struct WebApplications;
}
