//! The tasks of the project: run every test, with the servers they need, and every lint.
//!
//! Invariants: a task either does all that it was asked or fails (nothing is skipped silently), and no server that a
//! task started outlives it, however the task ends.

mod checks;
mod circles;
mod cli;
mod lint;
mod matrix;
mod own_suite;
mod packages;
mod program;
mod requirements;
#[cfg(unix)]
mod servers;
mod stages;
mod test;
mod totals;
mod workspace;

use std::process::ExitCode;

pub use cli::{Backend, Cli, LintArgs, MatrixArgs, MatrixFormat, OwnSuiteArgs, Task, TestArgs};

/// Runs the task that the command line names, and returns what the process is to end with.
///
/// # Errors
/// When the task cannot be begun or ended; the message names the ways out, where there are any.
pub fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let workspace = workspace::Workspace::load()?;
    match &cli.task {
        Task::Test(args) => Ok(test::run(&workspace, args)),
        Task::Lint(args) => Ok(lint::run(&workspace, args)),
        Task::Matrix(args) => Ok(matrix::run(&workspace, args)),
        Task::OwnSuite(args) => Ok(own_suite::run(&workspace, args)),
        Task::Stop => stop(&workspace).map(|()| ExitCode::SUCCESS),
    }
}

#[cfg(unix)]
fn stop(workspace: &workspace::Workspace) -> anyhow::Result<()> {
    let stopped = servers::stop_kept(workspace.target())?;
    println!("{stopped} kept servers stopped");
    Ok(())
}

#[cfg(not(unix))]
fn stop(_: &workspace::Workspace) -> anyhow::Result<()> {
    anyhow::bail!("no server is ever started on this system: there is nothing to stop")
}
