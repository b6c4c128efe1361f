//! PostgreSQL.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::account::Account;
use super::engine::Engine;
use super::set_up::set_up;
use super::{DATABASE, PASSWORD, USER};
use crate::program::{beside, find};

/// PostgreSQL, of whatever version is installed.
#[derive(Debug)]
pub(super) struct Postgres;

impl Engine for Postgres {
    const NAME: &'static str = "postgres";
    const ACCOUNTS: &'static [&'static str] = &["postgres", "nobody"];
    // "Immediate shutdown": ends its children too.
    const SIGNAL: &'static str = "QUIT";

    fn initialize(directory: &Path, account: Account) -> anyhow::Result<()> {
        let password = directory.join("password");
        std::fs::write(&password, PASSWORD)?;
        account.give(&password)?;
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600))?;
        let data = directory.join("data");
        let postgres = find("postgres").context("no program `postgres`")?;
        let initdb = beside(&postgres, "initdb").or_else(|| find("initdb")).context("no program `initdb`")?;
        let mut command = account.command(&initdb);
        command.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"]);
        command.arg(format!("--username={USER}")).arg("--pwfile").arg(&password).arg("--pgdata").arg(&data);
        set_up(&mut command, "")?;
        std::fs::remove_file(&password)?;
        // The single-user mode needs no client program.
        let mut command = account.command(&postgres);
        command.args(["--single", "-F", "-D"]).arg(&data).arg("postgres");
        set_up(&mut command, &format!("CREATE DATABASE {DATABASE}\n"))
    }

    fn command(directory: &Path, port: u16) -> anyhow::Result<Command> {
        let mut command = Command::new(find("postgres").context("no program `postgres`")?);
        command.arg("-D").arg(directory.join("data")).arg("-k").arg(directory).args(["-h", "127.0.0.1", "-p"]);
        command.arg(port.to_string()).args(["-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]);
        command.args(["-c", "max_connections=200", "-c", "logging_collector=off"]);
        Ok(command)
    }

    fn ready(directory: &Path, port: u16) -> bool {
        // Connections are taken before they are served, so a socket that answers says little. The last line of this file
        // is what PostgreSQL's own `pg_ctl --wait` waits for.
        let state = std::fs::read_to_string(directory.join("data/postmaster.pid")).unwrap_or_default();
        let mut lines = state.lines();
        lines.nth(3) == Some(&port.to_string()) && lines.nth(3).is_some_and(|status| status.trim() == "ready")
    }

    fn environment(directory: &Path, port: u16) -> Vec<(&'static str, String)> {
        let socket = format!("postgres://{USER}:{PASSWORD}@/{DATABASE}?host={}&port={port}", encoded(directory));
        vec![
            ("TEST_POSTGRES_URL", format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}")),
            ("TEST_POSTGRES_SOCKET_URL", socket),
        ]
    }
}

/// A path as a part of a URL.
fn encoded(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut encoded = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            let written = write!(encoded, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_for_a_url() {
        assert_eq!(encoded(Path::new("/a b/c&d-1")), "%2Fa%20b%2Fc%26d-1");
    }

    #[test]
    fn a_server_is_ready_when_its_state_says_so() {
        let directory = std::env::temp_dir().join(format!("xtask-ready-{}", std::process::id()));
        std::fs::create_dir_all(directory.join("data")).unwrap();
        let state = |status: &str| format!("1\n/data\n1700000000\n5433\n/socket\n127.0.0.1\n  123 0\n{status}\n");
        for (status, port, expected) in [("starting", 5433, false), ("ready   ", 5433, true), ("ready   ", 5434, false)]
        {
            std::fs::write(directory.join("data/postmaster.pid"), state(status)).unwrap();
            assert_eq!(Postgres::ready(&directory, port), expected, "{status} {port}");
        }
        std::fs::remove_dir_all(directory).unwrap();
    }
}
