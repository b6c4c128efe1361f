//! Installs what is missing with the system's package manager, when that needs nobody's password.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::program::find;

/// Something that the tests need, under the names that the package managers know it by; several names have spaces between.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) apt: &'static str,
    pub(crate) dnf: &'static str,
    pub(crate) apk: &'static str,
    pub(crate) brew: &'static str,
}

pub(crate) const POSTGRES_SERVER: Package =
    Package { apt: "postgresql", dnf: "postgresql-server", apk: "postgresql", brew: "postgresql" };
pub(crate) const POSTGRES_CLIENT: Package =
    Package { apt: "libpq-dev", dnf: "libpq-devel", apk: "libpq-dev", brew: "libpq" };
pub(crate) const MYSQL_SERVER: Package =
    Package { apt: "mariadb-server-core mariadb-client-core", dnf: "mariadb-server", apk: "mariadb", brew: "mariadb" };
pub(crate) const MYSQL_CLIENT: Package = Package {
    apt: "libmariadb-dev pkg-config",
    dnf: "mariadb-connector-c-devel pkgconf-pkg-config",
    apk: "mariadb-connector-c-dev pkgconf",
    brew: "mariadb-connector-c pkgconf",
};

/// The file that keeps Debian's packages from starting what they install.
const POLICY: &str = "/usr/sbin/policy-rc.d";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Apk,
    Brew,
}

impl Manager {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Apt, "apt-get"), (Self::Dnf, "dnf"), (Self::Apk, "apk"), (Self::Brew, "brew")];

    fn name_of(self, package: &Package) -> &'static str {
        match self {
            Self::Apt => package.apt,
            Self::Dnf => package.dnf,
            Self::Apk => package.apk,
            Self::Brew => package.brew,
        }
    }

    /// Shell text that installs `$@`.
    fn script(self) -> &'static str {
        match self {
            // A list of packages that is out of date, or absent, is the usual reason for the first failure.
            Self::Apt => {
                "export DEBIAN_FRONTEND=noninteractive\n\
                 install() { apt-get -o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends \"$@\"; }\n\
                 install \"$@\" || { apt-get update -qq && install \"$@\"; }"
            }
            Self::Dnf => "dnf install -y \"$@\"",
            Self::Apk => "apk add \"$@\"",
            Self::Brew => "brew install \"$@\"",
        }
    }
}

/// Installs the packages.
///
/// Fails when there is no known package manager, no right to use it without a password, or it fails.
pub(crate) fn install(packages: &[&Package]) -> anyhow::Result<()> {
    let Some((manager, program)) = Manager::ALL.into_iter().find(|(_, program)| find(program).is_some()) else {
        bail!("no known package manager (apt-get, dnf, apk, brew) was found");
    };
    let names: Vec<_> = packages.iter().flat_map(|package| manager.name_of(package).split(' ')).collect();
    let listed = names.join(" ");
    let mut command = shell(manager).with_context(|| format!("`{program} install {listed}` needs root"))?;
    eprintln!("   installing {listed} with {program}");
    let _policy = (manager == Manager::Apt).then(ServicePolicy::forbid).transpose()?;
    // The package manager's own words go to standard error: standard output is for the tests.
    let status = command
        .arg(manager.script())
        .arg("install")
        .args(&names)
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("{program} could not be run"))?;
    if !status.success() {
        bail!("{program} could not install {listed} ({status})");
    }
    Ok(())
}

/// `sh -c`, with root's rights where the package manager wants them.
fn shell(manager: Manager) -> anyhow::Result<Command> {
    if manager == Manager::Brew || is_root() {
        let mut command = Command::new("sh");
        command.arg("-c");
        return Ok(command);
    }
    let passwordless = Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status();
    if !passwordless.is_ok_and(|status| status.success()) {
        bail!("neither root nor sudo without a password");
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "sh", "-c"]);
    Ok(command)
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// While this lives, Debian's packages start no services.
#[derive(Debug)]
struct ServicePolicy {
    ours: bool,
}

impl ServicePolicy {
    fn forbid() -> anyhow::Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        let script = format!("printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}");
        let status = shell(Manager::Apt)?.arg(script).status()?;
        if !status.success() {
            bail!("{POLICY} could not be written: the package would start a service of its own");
        }
        Ok(Self { ours: true })
    }
}

impl Drop for ServicePolicy {
    fn drop(&mut self) {
        if !self.ours {
            return;
        }
        let removed = shell(Manager::Apt).and_then(|mut shell| Ok(shell.arg(format!("rm -f {POLICY}")).status()?));
        if !removed.is_ok_and(|status| status.success()) {
            eprintln!("warning: {POLICY} could not be removed: packages start no services until it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manager_knows_every_package() {
        for (manager, program) in Manager::ALL {
            for package in [&POSTGRES_SERVER, &POSTGRES_CLIENT, &MYSQL_SERVER, &MYSQL_CLIENT] {
                assert!(!manager.name_of(package).is_empty(), "{program}: {package:?}");
            }
            assert!(manager.script().contains("\"$@\""), "{program}");
        }
    }
}
