//! `cargo xtask lint`: formatting, lints, what users of the crates rely on, documentation, and the examples.

use std::process::ExitCode;

use crate::checks;
use crate::circles;
use crate::requirements::{self, Installing, Need};
use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{Backend, LintArgs};

/// Runs every check, and fails after the last one if any of them failed.
pub(crate) fn run(workspace: &Workspace, args: &LintArgs) -> ExitCode {
    let mut stages = Stages::default();
    let result = run_stages(workspace, args, &mut stages);
    stages.conclude(result)
}

fn run_stages(workspace: &Workspace, args: &LintArgs, stages: &mut Stages) -> anyhow::Result<()> {
    let mut backends = args.backends.clone();
    backends.retain(|backend| *backend != Backend::Sqlite);
    stages.step("requirements", || {
        let installing = Installing::unless(args.no_install);
        backends.iter().try_for_each(|backend| requirements::ensure(*backend, Need::ClientOnly, installing))
    })?;
    let plain = workspace.selection(&[], &[])?;
    let full = workspace.selection(&[], &backends)?;
    let cargo = |command: &str, arguments: &[String], last: &[&str]| {
        let mut cargo = workspace.cargo();
        cargo.arg(command).args(arguments).args(last);
        cargo
    };
    stages.command("format", &mut cargo("fmt", &[], &["--all", "--check"]))?;
    stages.check("circles of imports", || circles::check(workspace.root()));
    let strict = ["--all-targets", "--keep-going", "--", "-D", "warnings"];
    stages.command("clippy", &mut cargo("clippy", &plain, &strict))?;
    if full != plain {
        stages.command("clippy, backends", &mut cargo("clippy", &full, &strict))?;
    }
    check_benchmarks(workspace, &backends, stages)?;
    checks::run(workspace, &backends, stages);
    stages.command("docs", cargo("doc", &full, &["--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    let failed_before = stages.failed();
    stages.command("build examples", &mut cargo("build", &full, &["--bins"]))?;
    if stages.failed() == failed_before {
        run_examples(workspace, stages)?;
    }
    Ok(())
}

/// The benchmarks are workspaces of their own, which nothing else builds: here it is held that they compile.
fn check_benchmarks(workspace: &Workspace, backends: &[Backend], stages: &mut Stages) -> anyhow::Result<()> {
    let features: Vec<_> = backends.iter().filter_map(|backend| backend.feature()).collect();
    for (folder, features) in [("benchmarks", features.join(",")), ("benchmarks/sql", String::new())] {
        let cargo = |arguments: &[&str]| {
            let mut cargo = workspace.cargo_in(folder);
            cargo.args(arguments);
            cargo
        };
        stages.command(&format!("format, {folder}"), &mut cargo(&["fmt", "--check"]))?;
        let clippy = ["clippy", "--all-targets", "--features", &features, "--", "-D", "warnings"];
        stages.command(&format!("clippy, {folder}"), &mut cargo(&clippy))?;
    }
    Ok(())
}

/// Runs what packages declare under `[package.metadata.xtask]`, from the same build as the tests use.
fn run_examples(workspace: &Workspace, stages: &mut Stages) -> anyhow::Result<()> {
    for (package, arguments) in workspace.runs() {
        let name = format!("run {package} {}", arguments.join(" "));
        stages.command(name.trim_end(), workspace.program(package).args(arguments))?;
    }
    Ok(())
}
