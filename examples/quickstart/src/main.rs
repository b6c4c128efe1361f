//! Diagnoses the pages of a small blog and prints a report for each: `cargo run -p quickstart [-- --format json]`.

use clap::Parser;
use quickstart::{Options, run};

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
