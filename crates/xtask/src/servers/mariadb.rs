//! MariaDB.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::account::Account;
use super::engine::Engine;
use super::set_up::set_up;
use super::{DATABASE, PASSWORD, USER};
use crate::program::find;

/// MariaDB, of whatever version is installed.
#[derive(Debug)]
pub(super) struct MariaDb;

impl Engine for MariaDb {
    const NAME: &'static str = "mariadb";
    const ACCOUNTS: &'static [&'static str] = &["mysql", "nobody"];
    // An orderly end would write all pages to a disk that is about to be wiped.
    const SIGNAL: &'static str = "KILL";

    fn initialize(directory: &Path, account: Account) -> anyhow::Result<()> {
        let mut command = account.command(&find("mariadb-install-db").context("no program `mariadb-install-db`")?);
        command.args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ]);
        command.arg(format!("--datadir={}", directory.join("data").display()));
        set_up(&mut command, "")?;
        let sql = format!(
            "CREATE DATABASE {DATABASE};\n\
             CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL ON *.* TO '{USER}'@'%';\n"
        );
        let file = directory.join("init.sql");
        std::fs::write(&file, sql)?;
        Ok(account.give(&file)?)
    }

    fn command(directory: &Path, port: u16) -> anyhow::Result<Command> {
        let mut command = Command::new(find("mariadbd").context("no program `mariadbd`")?);
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve"]);
        command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--skip-log-bin"]);
        command.arg(format!("--port={port}"));
        for (option, file) in [
            ("datadir", "data"),
            ("socket", "socket"),
            ("pid-file", "mariadb.pid"),
            ("init-file", "init.sql"),
            ("tmpdir", ""),
        ] {
            command.arg(format!("--{option}={}", directory.join(file).display()));
        }
        Ok(command)
    }

    fn ready(directory: &Path, port: u16) -> bool {
        // The server speaks first: packet length (3 bytes), number, protocol version 10. It takes connections only after
        // it ran the file of `--init-file`. Its own process file tells it from a stranger on the same port.
        let greeting = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            let mut packet = [0; 5];
            stream.read_exact(&mut packet)?;
            Ok::<_, std::io::Error>(packet[4])
        };
        directory.join("mariadb.pid").exists() && greeting().is_ok_and(|version| version == 10)
    }

    fn environment(_: &Path, port: u16) -> Vec<(&'static str, String)> {
        vec![("TEST_MYSQL_URL", format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"))]
    }
}
