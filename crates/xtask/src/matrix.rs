//! `cargo xtask matrix`: servers up, each kind of connection over each hop, servers down.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};

use crate::stages::Stages;
use crate::test::Servers;
use crate::workspace::Workspace;
use crate::{Backend, MatrixArgs, MatrixFormat};

/// Where the table stands in the documentation, between these two lines.
const PAGE: &str = "docs/async.md";
const BEGIN: &str = "<!-- begin: cargo xtask matrix --write -->\n";
const END: &str = "\n<!-- end -->";

/// Prints the matrix, or writes it into the documentation; fails when a cell is wrong.
pub(crate) fn run(workspace: &Workspace, args: &MatrixArgs) -> ExitCode {
    let mut stages = Stages::default();
    // Nothing but the cells goes to standard output: no times of stages.
    match run_stages(workspace, args, &mut stages) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_stages(workspace: &Workspace, args: &MatrixArgs, stages: &mut Stages) -> anyhow::Result<()> {
    let servers = Servers::start(workspace, &[Backend::Postgres, Backend::Mysql], args.no_install, stages)?;
    let format = match (args.write, args.format) {
        (true, _) => "markdown",
        (false, MatrixFormat::Text) => "text",
        (false, MatrixFormat::Json) => "json",
    };
    let mut command = workspace.cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "diesel-doctor-tests",
        "--features",
        "postgres,mysql",
        "--bin",
        "matrix",
    ]);
    command.args(["--", format]).envs(servers.environment());
    let table = stages.step("matrix", || output(&mut command))?;
    if args.write {
        write(&workspace.root().join(PAGE), &table)?;
    } else {
        println!("{}", table.trim_end());
    }
    stages.step("servers down", || {
        drop(servers);
        Ok(())
    })
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?} could not be run"))?;
    let table = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "a cell is wrong, or the matrix could not be run:\n{table}");
    Ok(table)
}

/// Replaces what stands between the two lines.
fn write(page: &Path, table: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("{} could not be read", page.display()))?;
    let text = replaced(&text, table).with_context(|| format!("{} has no place for the table", page.display()))?;
    std::fs::write(page, text).with_context(|| format!("{} could not be written", page.display()))
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_all_else_stays() {
        let page = format!("before\n{BEGIN}old{END}\nafter\n");
        assert_eq!(replaced(&page, "new").unwrap(), format!("before\n{BEGIN}new{END}\nafter\n"));
        assert_eq!(replaced("no place", "new"), None);
    }
}
