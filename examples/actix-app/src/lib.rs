//! A small blog on actix-web and r2d2, each request diagnosed.
//!
//! What to add to an application of your own, of which everything else is the same as without diesel-doctor:
//!
//! ```toml
//! [dependencies]
//! diesel-doctor = { path = "../diesel-doctor/crates/diesel-doctor", features = ["r2d2"] }
//! diesel-doctor-web = { path = "../diesel-doctor/crates/diesel-doctor-web", features = ["actix"] }
//!
//! # So that reports of release builds name lines, too.
//! [profile.release]
//! debug = "line-tables-only"
//! ```
//!
//! and the lines that are marked `add`. In the handlers, `block` of `diesel_doctor_web::actix` stands where `web::block` did.
//!
//! Every line with a problem carries an `expect` marker; a test holds the markers and the reports together.

mod demo;
mod error;
mod pages;
mod pool;
mod schema;
mod server;

use std::time::Duration;

use clap::Parser;
use diesel_doctor_web::Requests;

pub use demo::{Demo, demo};
use error::AppError;
use pool::Pool;
use server::server;

/// What may be said on the command line.
#[derive(Debug, Parser)]
#[command(about = "A small blog whose requests are diagnosed")]
pub struct Options {
    /// Sends itself requests on a free port, prints the reports, and ends
    #[arg(long)]
    pub demo: bool,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: String,
}

/// Serves the blog, or shows what it does.
///
/// # Errors
/// When the database or the network fails.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let requests = Requests::new(); // add
    if options.demo {
        for (request, answer) in demo(&requests).await?.answers {
            println!("{request} → {answer}");
        }
    } else {
        println!("listening on http://{}", options.listen);
        server(&options.listen, &requests)?.0.await?;
    }
    // Optional: what all requests came to.
    print!("{}", requests.finish(Duration::from_secs(5)));
    Ok(())
}
