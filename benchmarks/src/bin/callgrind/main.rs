//! The instructions that each case adds to a point select, counted by callgrind: on SQLite in memory, or on the servers whose URLs are
//! given as arguments, where only the client is counted. Names of cases as arguments choose these.
//!
//! A figure is the difference between two runs of different length, so that everything which happens once falls out. Only the thread
//! that makes the queries counts: the worker of fastrace comes on top of its figure.

mod select;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use diesel_doctor_benchmarks::Case;

/// Queries of the two runs. The scope keeps a sample of each up to the longer one.
const SHORT: u64 = 1_000;
const LONG: u64 = 9_000;

/// What must not be exceeded on SQLite, as parts of the floor. On servers the allocator's work in the client library, which depends on what
/// lies where, moves the figures by as much as there is left.
const BUDGETS: [(Case, f64); 2] = [(Case::Outside, 0.05), (Case::Scope, 1.25)];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == "select").is_some() {
        match select::select(arguments)? {}
    }
    let program = std::env::current_exe()?;
    let (mut urls, chosen): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.contains("://"));
    if urls.is_empty() {
        urls.push(":memory:".to_owned());
    }
    let mut missed = Vec::new();
    for url in &urls {
        missed.extend(table(&program, &chosen, url)?);
    }
    ensure!(missed.is_empty(), "over budget: {}", missed.join(", "));
    Ok(())
}

/// Prints the figures of one database, and returns what missed its budget there.
fn table(program: &Path, chosen: &[String], url: &str) -> anyhow::Result<Vec<&'static str>> {
    let mut costs = BTreeMap::new();
    let needed = |case: Case| {
        matches!(case, Case::None | Case::Floor) || chosen.is_empty() || chosen.iter().any(|name| name == case.name())
    };
    for case in Case::ALL.into_iter().filter(|case| needed(*case)) {
        let long = instructions(program, case, LONG, url)?;
        let short = instructions(program, case, SHORT, url)?;
        costs.insert(case.name(), long.saturating_sub(short) as f64 / (LONG - SHORT) as f64);
    }
    let none = costs[Case::None.name()];
    let added = |case: Case| costs.get(case.name()).map(|cost| cost - none);
    let floor = added(Case::Floor).context("the floor is always measured")?;

    println!("on {}", url.split_once("://").map_or("sqlite", |(scheme, _)| scheme));
    println!("a point select without instrumentation: {none:.0} instructions");
    println!("{:<20} {:>8} {:>8}", "case", "added", "/ floor");
    let mut missed = Vec::new();
    for case in Case::ALL.into_iter().filter(|case| *case != Case::None) {
        let Some(added) = added(case) else { continue };
        let ratio = added / floor;
        let budget =
            BUDGETS.iter().find(|(budgeted, _)| !url.contains("://") && *budgeted == case).map(|(_, budget)| *budget);
        let verdict = budget.map_or(String::new(), |budget| format!("  (at most {budget})"));
        println!("{:<20} {added:>8.0} {ratio:>8.3}{verdict}", case.name());
        if budget.is_some_and(|budget| ratio > budget) {
            missed.push(case.name());
        }
    }
    Ok(missed)
}

/// The instructions of one run.
fn instructions(program: &Path, case: Case, count: u64, url: &str) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*select_users*"])
        .arg(program)
        .args(["select", case.name(), &count.to_string(), url])
        .output()
        .context("valgrind could not be run: install it")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} ended with {}:\n{told}", case.name(), output.status);
    let collected = told.lines().find_map(|line| line.split_once("Collected : ")).context("callgrind told no count")?;
    Ok(collected.1.trim().parse()?)
}
