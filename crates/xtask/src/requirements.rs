//! What a backend needs on this machine: found, else installed, else an error that names the ways out.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::Backend;
use crate::packages::{self, Package};
use crate::program::find;

/// Something that must be there.
#[derive(Debug)]
struct Requirement {
    what: &'static str,
    package: &'static Package,
    present: fn() -> bool,
}

const POSTGRES_CLIENT: Requirement = Requirement {
    what: "PostgreSQL's client library (libpq)",
    package: &packages::POSTGRES_CLIENT,
    // The program `pg_config` is no proof: Debian has one without the library.
    present: || variable("PQ_LIB_DIR") || pkg_config("libpq") || linker_finds("pq") || in_libdir("pg_config", "pq"),
};
const POSTGRES_SERVER: Requirement = Requirement {
    what: "PostgreSQL's server (postgres, initdb)",
    package: &packages::POSTGRES_SERVER,
    present: || find("postgres").is_some() && find("initdb").is_some(),
};
const MYSQL_CLIENT: Requirement = Requirement {
    what: "MySQL's client library (libmariadb or libmysqlclient)",
    package: &packages::MYSQL_CLIENT,
    // The places that the build script of `mysqlclient-sys` looks at, so finding the library elsewhere is no help.
    present: || {
        variable("MYSQLCLIENT_LIB_DIR")
            || pkg_config("mysqlclient")
            || pkg_config("libmariadb")
            || find("mysql_config").is_some()
    },
};
const MYSQL_SERVER: Requirement = Requirement {
    // `mariadb-install-db` calls the third one.
    what: "MariaDB's server (mariadbd, mariadb-install-db, my_print_defaults)",
    package: &packages::MYSQL_SERVER,
    present: || ["mariadbd", "mariadb-install-db", "my_print_defaults"].into_iter().all(|name| find(name).is_some()),
};

/// Whether a server of our own is needed beside the client library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    ClientOnly,
    ClientAndServer,
}

/// Whether missing things may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Installing {
    Allowed,
    Forbidden,
}

impl Installing {
    pub(crate) fn unless(no_install: bool) -> Self {
        if no_install { Self::Forbidden } else { Self::Allowed }
    }
}

/// Makes sure that `backend` can be built, and run if asked.
pub(crate) fn ensure(backend: Backend, need: Need, installing: Installing) -> anyhow::Result<()> {
    let all: &[Requirement] = match backend {
        Backend::Sqlite => &[],
        Backend::Postgres => &[POSTGRES_CLIENT, POSTGRES_SERVER],
        Backend::Mysql => &[MYSQL_CLIENT, MYSQL_SERVER],
    };
    let needed = if need == Need::ClientOnly { all.len().min(1) } else { all.len() };
    let missing: Vec<_> = all.iter().take(needed).filter(|requirement| !(requirement.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut reason = "installing is turned off".to_owned();
    if installing == Installing::Allowed {
        let packages: Vec<_> = missing.iter().map(|requirement| requirement.package).collect();
        match packages::install(&packages) {
            Ok(()) if missing.iter().all(|requirement| (requirement.present)()) => return Ok(()),
            Ok(()) => "it was installed, but is still not found".clone_into(&mut reason),
            Err(error) => reason = format!("{error:#}"),
        }
    }
    bail!(missing_message(backend, &missing, &reason))
}

fn missing_message(backend: Backend, missing: &[&Requirement], reason: &str) -> String {
    let list = |pick: fn(&Requirement) -> &'static str, separator: &str| {
        missing.iter().map(|requirement| pick(requirement)).collect::<Vec<_>>().join(separator)
    };
    let running = backend.url_variable().map_or_else(String::new, |variable| {
        format!(
            "  set {variable} to the URL of a running server: `docker compose up --wait` starts one (the client library \
             is needed all the same)\n"
        )
    });
    format!(
        "not found: {}; {reason}\nways out:\n  install it (Debian: apt-get install {})\n{running}  \
         leave it out: --backends sqlite",
        list(|requirement| requirement.what, ", "),
        list(|requirement| requirement.package.apt, " "),
    )
}

fn variable(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn pkg_config(library: &str) -> bool {
    Command::new("pkg-config")
        .args(["--exists", library])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether the C compiler, which links for Rust too, knows where the library is: if not, it echoes the bare name.
fn linker_finds(library: &str) -> bool {
    [format!("lib{library}.so"), format!("lib{library}.a")].iter().any(|file| {
        line_of(Command::new("cc").arg(format!("-print-file-name={file}"))).is_some_and(|line| line != *file)
    })
}

fn in_libdir(config: &str, library: &str) -> bool {
    line_of(Command::new(config).arg("--libdir")).is_some_and(|directory| {
        ["so", "dylib", "a"].iter().any(|end| Path::new(&directory).join(format!("lib{library}.{end}")).exists())
    })
}

/// What a command prints, if it succeeds.
fn line_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_does_not_exist_is_not_found() {
        assert!(!linker_finds("no-such-library-anywhere"));
        assert!(!in_libdir("no-such-program-anywhere", "c"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_c_library_is_found() {
        assert!(linker_finds("c"));
    }

    #[test]
    fn sqlite_needs_nothing() {
        ensure(Backend::Sqlite, Need::ClientAndServer, Installing::Forbidden).unwrap();
    }

    #[test]
    fn what_is_missing_is_told_with_the_ways_out() {
        for (backend, requirement) in [(Backend::Postgres, &POSTGRES_SERVER), (Backend::Mysql, &MYSQL_SERVER)] {
            let message = missing_message(backend, &[requirement], "no network");
            let variable = backend.url_variable().unwrap();
            for part in [requirement.what, requirement.package.apt, variable, "no network", "--backends sqlite"] {
                assert!(message.contains(part), "{part} is missing in: {message}");
            }
        }
    }
}
