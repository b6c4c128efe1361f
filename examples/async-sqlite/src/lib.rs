//! A small library on async SQLite: its connections follow their callers, so that call sites are exact.
//!
//! Every line with a problem carries an `expect` marker; a test holds the markers and the reports together.

mod pages;
mod schema;

use std::io::Write;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use diesel::sqlite::SqliteConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_doctor::reporters::{Reporter, TextReporter, json};
use diesel_doctor_async::FollowCaller;
use diesel_doctor_async::prelude::*;

/// The library's connections.
pub(crate) type Conn = SyncConnectionWrapper<SqliteConnection, FollowCaller>;

/// What may be said on the command line.
#[derive(Debug, Parser)]
#[command(about = "Diagnoses the pages of a small library")]
pub struct Options {
    /// How the reports are printed.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
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
    let reports = reports("file:library?mode=memory&cache=shared").await?;
    match options.format {
        Format::Text => {
            let reporter = TextReporter::stdout();
            reports.iter().try_for_each(|report| reporter.report(report)).context("standard output")
        }
        Format::Json => writeln!(std::io::stdout(), "{}", json::array(&reports)).context("standard output"),
    }
}

/// A pool whose connections each have the library's tables, and which tells them at each checkout whose they are.
fn pool(url: &str) -> anyhow::Result<Pool<Conn>> {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| Box::pin(schema::open(url)));
    let manager = AsyncDieselConnectionManager::<Conn>::new_with_config(url, config);
    Ok(Pool::builder(manager).max_size(4).doctored("library").build()?)
}

/// Diagnoses the pages.
///
/// # Errors
/// When the database fails.
pub async fn reports(url: &str) -> anyhow::Result<Vec<Report>> {
    diesel_doctor::install()?;
    let pool = &pool(url)?;
    let mut reports = Vec::new();

    let (page, report) = pages::books_one_by_one(pool).diagnose("books, authors one by one").await;
    page.context("books, one by one")?;
    reports.push(report);

    let (page, report) = pages::resolvers(pool).diagnose("resolvers, all at once").await;
    page.context("resolvers")?;
    reports.push(report);

    let (page, report) = pages::in_tasks(pool).diagnose("books, in tasks").await;
    page.context("tasks")?;
    reports.push(report);

    let (page, report) = pages::batched(pool).diagnose("books, authors in one query").await;
    page.context("batched")?;
    reports.push(report);

    Ok(reports)
}
