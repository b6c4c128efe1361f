//! `cargo xtask test`: servers up, every test, servers down.

use std::process::ExitCode;

use crate::requirements::{self, Installing, Need};
use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{Backend, TestArgs};

/// Runs every test; the last line printed counts them.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> ExitCode {
    let mut stages = Stages::default();
    let result = run_stages(workspace, args, &mut stages);
    let code = stages.conclude(result);
    println!("{}", stages.totals());
    code
}

fn run_stages(workspace: &Workspace, args: &TestArgs, stages: &mut Stages) -> anyhow::Result<()> {
    let mut backends = args.backends.clone();
    backends.retain(|backend| *backend != Backend::Sqlite);
    let selection = workspace.selection(&args.packages, &backends)?;
    let servers = Servers::start(workspace, &backends, args.no_install, stages)?;
    let test = |arguments: &[&str]| {
        let mut command = workspace.cargo();
        command.arg("test").args(&selection).args(arguments);
        command.envs(servers.environment().map(|(name, url)| (name, url.as_str())));
        command
    };
    stages.command("build", &mut test(&["--all-targets", "--no-run"]))?;
    if stages.failed() == 0 {
        // Benches are built above; running them is no test.
        stages.tests("tests", &mut test(&["--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]))?;
        stages.tests("doc tests", &mut test(&["--no-fail-fast", "--doc"]))?;
    }
    if args.keep {
        return servers.keep();
    }
    stages.step("servers down", || {
        drop(servers);
        Ok(())
    })
}

/// The servers that this run started.
#[derive(Debug)]
pub(crate) struct Servers {
    #[cfg(unix)]
    running: Vec<crate::servers::Server>,
}

#[cfg(unix)]
impl Servers {
    pub(crate) fn start(
        workspace: &Workspace,
        backends: &[Backend],
        no_install: bool,
        stages: &mut Stages,
    ) -> anyhow::Result<Self> {
        let installing = Installing::unless(no_install);
        let mut running = Vec::new();
        crate::servers::sweep(workspace.target());
        for backend in backends {
            let given = given(*backend);
            let need = if given { Need::ClientOnly } else { Need::ClientAndServer };
            let name = backend.feature().unwrap_or_default();
            stages.step(&format!("{name}: requirements"), || requirements::ensure(*backend, need, installing))?;
            if !given {
                let server = stages.step(&format!("{name}: server up"), || {
                    crate::servers::Server::start(*backend, workspace.target())
                })?;
                running.extend(server);
            }
        }
        Ok(Self { running })
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &String)> {
        self.running.iter().flat_map(|server| server.environment().iter().map(|(name, url)| (*name, url)))
    }

    fn keep(self) -> anyhow::Result<()> {
        for (name, url) in self.environment() {
            println!("export {name}='{url}'");
        }
        self.running.into_iter().try_for_each(crate::servers::Server::keep)
    }
}

#[cfg(not(unix))]
impl Servers {
    pub(crate) fn start(
        _: &Workspace,
        backends: &[Backend],
        no_install: bool,
        stages: &mut Stages,
    ) -> anyhow::Result<Self> {
        for backend in backends {
            let variable = backend.url_variable().unwrap_or_default();
            anyhow::ensure!(
                given(*backend),
                "servers are started on Unix only\nways out:\n  set {variable} to the URL of a running server\n  \
                 leave it out: --backends sqlite"
            );
            let installing = Installing::unless(no_install);
            stages.step("requirements", || requirements::ensure(*backend, Need::ClientOnly, installing))?;
        }
        Ok(Self {})
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &String)> {
        std::iter::empty()
    }

    fn keep(self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Whether the user names a server that runs already.
fn given(backend: Backend) -> bool {
    backend.url_variable().is_some_and(|variable| std::env::var_os(variable).is_some_and(|url| !url.is_empty()))
}
