//! A small blog on SQLite whose pages have known query problems, and what the doctor says of each.
//!
//! Every line with a problem carries an `expect` marker; a test holds the markers and the reports together.

mod models;
mod pages;
mod schema;
mod seed;

use std::io::Write;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use diesel::prelude::*;
use diesel_doctor::reporters::{Reporter, TextReporter, json};
use diesel_doctor::{ConnectionExt, Report, diagnose};

/// What may be said on the command line.
#[derive(Debug, Parser)]
#[command(about = "Diagnoses the pages of a small blog")]
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
pub fn run(options: &Options) -> anyhow::Result<()> {
    let reports = reports()?;
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
pub fn reports() -> anyhow::Result<Vec<Report>> {
    diesel_doctor::install()?;
    let conn = &mut SqliteConnection::establish(":memory:")?;
    conn.doctor("blog")?;
    seed::fill(conn)?;

    let mut reports = Vec::new();
    let mut page = |name: &str, page: fn(&mut SqliteConnection) -> QueryResult<String>, conn: &mut SqliteConnection| {
        let (html, report) = diagnose(name, || page(conn));
        reports.push(report);
        html.with_context(|| format!("page {name}"))
    };
    page("posts, comments one by one", pages::posts_one_by_one, conn)?;
    page("author, looked up twice", pages::author_twice, conn)?;
    page("tags, saved row by row", pages::save_tags_row_by_row, conn)?;
    page("posts, comments in one query", pages::posts_batched, conn)?;
    Ok(reports)
}
