//! Diagnoses the pages of a small library: `cargo run -p async-postgres -- --url postgres://… [--format json]`.

use async_postgres::{Options, run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(&Options::parse()).await
}
