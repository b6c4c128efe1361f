//! `cargo xtask lint`: formatting, lints, documentation, and the examples.

use crate::requirements::{self, Installing, Need};
use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{Backend, LintArgs};

/// Runs every check, and fails after the last one if any of them failed.
pub(crate) fn run(workspace: &Workspace, args: &LintArgs) -> anyhow::Result<()> {
    let mut stages = Stages::default();
    let result = run_stages(workspace, args, &mut stages);
    stages.print_times();
    result?;
    stages.verdict()
}

fn run_stages(workspace: &Workspace, args: &LintArgs, stages: &mut Stages) -> anyhow::Result<()> {
    let mut backends = args.backends.clone();
    backends.retain(|backend| *backend != Backend::Sqlite);
    stages.step("requirements", || {
        let installing = Installing::unless(args.no_install);
        backends.iter().try_for_each(|backend| requirements::ensure(*backend, Need::ClientOnly, installing))
    })?;
    let features = workspace.features(&backends);
    let cargo = |arguments: &[&str], features: &[String], last: &[&str]| {
        let mut command = workspace.cargo();
        command.args(arguments).args(features).args(last);
        command
    };
    let warnings = ["--", "-D", "warnings"];
    stages.command("format", &mut cargo(&["fmt", "--all", "--check"], &[], &[]))?;
    let clippy = ["clippy", "--workspace", "--all-targets"];
    stages.command("clippy", &mut cargo(&clippy, &[], &warnings))?;
    if !features.is_empty() {
        stages.command("clippy, backends", &mut cargo(&clippy, &features, &warnings))?;
    }
    let doc = ["doc", "--workspace", "--no-deps"];
    stages.command("docs", cargo(&doc, &features, &[]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run_examples(workspace, &features, stages)
}

/// Runs what packages declare under `[package.metadata.xtask]`, from the same build as the tests use.
fn run_examples(workspace: &Workspace, features: &[String], stages: &mut Stages) -> anyhow::Result<()> {
    let failures_before = stages.failed();
    stages.command("build examples", workspace.cargo().args(["build", "--workspace", "--bins"]).args(features))?;
    if stages.failed() > failures_before {
        return Ok(());
    }
    for (package, arguments) in workspace.runs() {
        let name = format!("run {package} {}", arguments.join(" "));
        stages.command(name.trim_end(), workspace.program(package).args(arguments))?;
    }
    Ok(())
}
