//! `cargo xtask own-suite`: the tests of any Diesel program, first alone and then with every connection watched; both must end alike.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::OwnSuiteArgs;
use crate::stages::Stages;
use crate::workspace::Workspace;

/// What is added to every root of a crate that has tests.
const WATCHING: &str = include_str!("own_suite/watching.rs.txt");

/// How the line begins that the above prints.
const EVIDENCE: &str = "diesel-doctor watched: ";

/// How often each line `test NAME ... OUTCOME` was printed.
type Outcomes = BTreeMap<String, usize>;

/// Copies the program, so that it stays as it is, and runs its tests twice.
pub(crate) fn run(workspace: &Workspace, args: &OwnSuiteArgs) -> ExitCode {
    let mut stages = Stages::default();
    let result = run_stages(workspace, args, &mut stages);
    stages.conclude(result)
}

fn run_stages(workspace: &Workspace, args: &OwnSuiteArgs, stages: &mut Stages) -> anyhow::Result<()> {
    let copy = Copy::at(std::env::temp_dir().join(format!("diesel-doctor-own-suite-{}", std::process::id())));
    stages.step("copy", || copy_folder(&args.program, &copy.folder))?;
    let cargo = |command: &str| {
        let mut cargo = workspace.cargo();
        cargo.arg(command).current_dir(&copy.folder);
        cargo.env("CARGO_TARGET_DIR", workspace.target().join("own-suite"));
        cargo
    };
    stages.step("watch", || watch(workspace, &cargo))?;
    let test = |setting: &str| {
        let mut test = cargo("test");
        test.arg("--no-fail-fast").args(&args.arguments).env("DIESEL_DOCTOR", setting);
        outcomes(&mut test)
    };
    let (alone, _) = stages.step("alone", || test("off"))?;
    let (watched, evidence) = stages.step("watched", || test("test"))?;
    stages.step("compare", || {
        for line in &evidence {
            println!("{EVIDENCE}{line}");
        }
        let differences = differences(&alone, &watched);
        ensure!(differences.is_empty(), "the tests do not end alike:\n{}", differences.join("\n"));
        ensure!(!alone.is_empty(), "no test ran: nothing is proven");
        ensure!(
            evidence.iter().any(|line| !line.starts_with("0 queries")),
            "no query was seen: nothing is proven. A program that sets a default instrumentation replaces ours"
        );
        println!("{} tests end alike", alone.values().sum::<usize>());
        Ok(())
    })
}

/// A folder that is removed in the end.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    fn at(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Copies a folder without build output and without its history; what links lead to is copied in their place.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if [OsStr::new("target"), OsStr::new(".git")].contains(&name.as_os_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(&name))?;
        } else {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Adds ours to every package of the copy that uses Diesel.
fn watch(workspace: &Workspace, cargo: &dyn Fn(&str) -> Command) -> anyhow::Result<()> {
    let output = cargo("metadata").args(["--format-version=1", "--no-deps"]).output()?;
    ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let mut roots = 0;
    for package in metadata.packages {
        if !package.dependencies.iter().any(|dependency| dependency.name == "diesel") {
            continue;
        }
        let add = |what: &[&OsStr]| {
            let status = cargo("add").args(["--quiet", "--dev", "--package", &package.name]).args(what).status()?;
            ensure!(status.success(), "cargo add failed");
            Ok(())
        };
        add(&["ctor@1".as_ref(), "dtor@1".as_ref()])?;
        add(&["--path".as_ref(), workspace.root().join("crates/diesel-doctor").as_os_str()])?;
        for target in package.targets {
            if target.kind.iter().any(|kind| ["lib", "rlib", "bin", "test"].contains(&kind.as_str())) {
                let mut text = fs::read_to_string(&target.src_path)?;
                text.push_str(WATCHING);
                fs::write(&target.src_path, text)?;
                roots += 1;
            }
        }
    }
    ensure!(roots > 0, "no package in this folder uses Diesel");
    Ok(())
}

/// Runs tests, shows what they print, and returns how each ended, and the evidence of what was watched.
fn outcomes(test: &mut Command) -> anyhow::Result<(Outcomes, Vec<String>)> {
    let mut child = test.stdout(Stdio::piped()).spawn().context("cargo test could not be run")?;
    let (mut outcomes, mut evidence) = (Outcomes::new(), Vec::new());
    for line in BufReader::new(child.stdout.take().context("no output to read")?).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        if let Some(told) = line.strip_prefix(EVIDENCE) {
            evidence.push(told.to_owned());
        } else if let Some(outcome) = outcome(&line) {
            *outcomes.entry(outcome.to_owned()).or_default() += 1;
        }
    }
    // Whether tests fail is the program's affair: here it only counts whether they fail alike.
    child.wait()?;
    Ok((outcomes, evidence))
}

/// `NAME ... OUTCOME`, if the line tells of one test.
fn outcome(line: &str) -> Option<&str> {
    line.strip_prefix("test ").filter(|rest| rest.contains(" ... "))
}

fn differences(alone: &Outcomes, watched: &Outcomes) -> Vec<String> {
    let count = |outcomes: &Outcomes, line: &String| outcomes.get(line).copied().unwrap_or(0);
    let mut lines: Vec<_> = alone.keys().chain(watched.keys()).collect();
    lines.sort();
    lines.dedup();
    lines.retain(|line| count(alone, line) != count(watched, line));
    lines.iter().map(|line| format!("{line}: {} alone, {} watched", count(alone, line), count(watched, line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for line in lines.iter().filter_map(|line| outcome(line)) {
            *outcomes.entry(line.to_owned()).or_default() += 1;
        }
        outcomes
    }

    #[test]
    fn runs_that_end_alike_do_not_differ_whatever_else_they_print() {
        let alone = of(&["running 2 tests", "test b ... FAILED", "test a ... ok", "test result: ok. 1 passed"]);
        let watched = of(&["test a ... ok", "noise", "test b ... FAILED"]);
        assert_eq!(alone.len(), 2);
        assert_eq!(differences(&alone, &watched), [""; 0]);
    }

    #[test]
    fn a_test_that_ends_differently_or_is_missing_is_named() {
        let alone = of(&["test a ... ok", "test a ... ok", "test b ... ok"]);
        let watched = of(&["test a ... ok", "test b ... FAILED"]);
        assert_eq!(
            differences(&alone, &watched),
            ["a ... ok: 2 alone, 1 watched", "b ... FAILED: 0 alone, 1 watched", "b ... ok: 1 alone, 0 watched"]
        );
    }

    #[test]
    fn what_is_added_prints_what_is_read() {
        assert!(WATCHING.contains(EVIDENCE));
    }
}
