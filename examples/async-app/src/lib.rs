//! A small library on async connections, whose pages have known query problems, and what the doctor says of each.
//!
//! Every line with a problem carries an `expect` marker; a test holds the markers and the reports together.

#[cfg(feature = "postgres")]
mod postgres;
mod schema;
mod sqlite;

use std::io::Write;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use diesel_doctor::Report;
use diesel_doctor::reporters::{Reporter, TextReporter, json};

/// What may be said on the command line.
#[derive(Debug, Parser)]
#[command(about = "Diagnoses the pages of a small library")]
pub struct Options {
    /// How the reports are printed.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// A PostgreSQL server, for builds with the feature `postgres`; without it the library is in memory, on SQLite.
    #[arg(long, env = "ASYNC_APP_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// How reports are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document: an array of reports.
    Json,
}

/// Diagnoses the pages and prints what comes of it to standard output.
///
/// # Errors
/// When the database fails, or standard output does.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let reports = reports(options.database_url.as_deref()).await?;
    match options.format {
        Format::Text => {
            let reporter = TextReporter::stdout();
            reports.iter().try_for_each(|report| reporter.report(report)).context("standard output")
        }
        Format::Json => writeln!(std::io::stdout(), "{}", json::array(&reports)).context("standard output"),
    }
}

/// Diagnoses the pages.
///
/// # Errors
/// When the database fails.
pub async fn reports(database_url: Option<&str>) -> anyhow::Result<Vec<Report>> {
    diesel_doctor::install()?;
    match database_url {
        None => sqlite::pages::reports("file:library?mode=memory&cache=shared").await,
        #[cfg(feature = "postgres")]
        Some(url) => postgres::pages::reports(url).await,
        #[cfg(not(feature = "postgres"))]
        Some(_) => anyhow::bail!("build with --features postgres for a --database-url"),
    }
}
