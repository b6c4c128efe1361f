//! Diagnoses the pages of a small library: `cargo run -p async-app [-- --format json]`.
//!
//! On PostgreSQL: `cargo run -p async-app --features postgres -- --database-url postgres://…`, where only temporary tables are made.

use async_app::{Options, run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(&Options::parse()).await
}
