//! Diagnoses the pages of a small library: `cargo run -p async-sqlite [-- --format json]`.

use async_sqlite::{Options, run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(&Options::parse()).await
}
