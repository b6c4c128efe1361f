//! Serves a small blog whose requests are diagnosed: `cargo run -p axum-app`, or with `-- --demo` to see it work and end.

use axum_app::{Options, run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(Options::parse()).await
}
