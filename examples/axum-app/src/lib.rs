//! A small blog on axum and diesel-async, each request diagnosed.
//!
//! What to add to an application of your own, of which everything else is the same as without diesel-doctor:
//!
//! ```toml
//! [dependencies]
//! diesel-doctor-async = { path = "../diesel-doctor/crates/diesel-doctor-async", features = ["deadpool"] }
//! diesel-doctor-web = { path = "../diesel-doctor/crates/diesel-doctor-web", features = ["axum"] }
//!
//! # So that reports of release builds name lines, too.
//! [profile.release]
//! debug = "line-tables-only"
//! ```
//!
//! and the lines that are marked `add`, in this file and where the pool is built.
//!
//! Every line with a problem carries an `expect` marker; a test holds the markers and the reports together.

mod demo;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
mod sqlite;

use std::time::Duration;

use axum::Router;
use clap::Parser;
use diesel_doctor_web::Requests;

pub use demo::{Demo, demo};
use error::AppError;

/// What may be said on the command line.
#[derive(Debug, Parser)]
#[command(about = "A small blog whose requests are diagnosed")]
pub struct Options {
    /// Sends itself requests on a free port, prints the reports, and ends
    #[arg(long)]
    pub demo: bool,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: String,
    /// A PostgreSQL server, for builds with the feature `postgres`; without it the blog is in memory, on SQLite
    #[arg(long, env = "AXUM_APP_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Serves the blog, or shows what it does.
///
/// # Errors
/// When the database or the network fails.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let requests = Requests::new(); // add
    let app = app(options.database_url.as_deref(), &requests).await?;
    if options.demo {
        for (request, answer) in demo(app).await?.answers {
            println!("{request} → {answer}");
        }
    } else {
        let listener = tokio::net::TcpListener::bind(&options.listen).await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, app)
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
    }
    // Optional: what all requests came to.
    print!("{}", requests.finish(Duration::from_secs(5)));
    Ok(())
}

/// The blog.
///
/// # Errors
/// When the database fails.
pub async fn app(database_url: Option<&str>, requests: &Requests) -> anyhow::Result<Router> {
    let pages = match database_url {
        None => sqlite::router().await?,
        #[cfg(feature = "postgres")]
        Some(url) => postgres::router(url).await?,
        #[cfg(not(feature = "postgres"))]
        Some(_) => anyhow::bail!("build with --features postgres for a --database-url"),
    };
    Ok(pages.layer(requests.layer())) // add
}
