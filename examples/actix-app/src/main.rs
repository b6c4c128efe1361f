//! Serves a small blog whose requests are diagnosed: `cargo run -p actix-app`, or with `-- --demo` to see it work and end.

use actix_app::{Options, run};
use clap::Parser;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    run(Options::parse()).await
}
