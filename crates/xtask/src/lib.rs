//! The tasks of the project: run every test, with the servers they need, and every lint.
//!
//! Invariants: a task either does all that it was asked or fails (nothing is skipped silently), and no server that a
//! task started outlives it, however the task ends.

mod cli;
mod lint;
mod packages;
mod program;
mod requirements;
#[cfg(unix)]
mod servers;
mod stages;
mod test;
mod totals;
mod workspace;

pub use cli::{Backend, Cli, LintArgs, Task, TestArgs};

/// Runs the task that the command line names.
///
/// # Errors
/// When a step of the task fails; the message names the step and, where there are any, the ways out.
pub fn run(cli: &Cli) -> anyhow::Result<()> {
    let workspace = workspace::Workspace::load()?;
    match &cli.task {
        Task::Test(args) => test::run(&workspace, args),
        Task::Lint(args) => lint::run(&workspace, args),
        Task::Stop => stop(&workspace),
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
