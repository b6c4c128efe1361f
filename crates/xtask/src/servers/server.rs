//! A server from the cradle to the grave.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use super::account::Account;
use super::engine::Engine;
use super::watcher::Watcher;
use super::{directory, mariadb, port, postgres, process};
use crate::Backend;

/// How long a server may take to start, and how often it may find its port taken.
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 5;

/// A running server; it ends, and its data goes, when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    watcher: Watcher,
    directory: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Server {
    /// Starts a server for the backend; SQLite has none.
    pub(crate) fn start(backend: Backend, target: &Path) -> anyhow::Result<Option<Self>> {
        match backend {
            Backend::Sqlite => Ok(None),
            Backend::Postgres => Self::launch::<postgres::Postgres>(target).map(Some),
            Backend::Mysql => Self::launch::<mariadb::MariaDb>(target).map(Some),
        }
    }

    /// The environment variables that tell the tests where it is.
    pub(crate) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// Lets the server outlive this process.
    pub(crate) fn keep(self) -> anyhow::Result<()> {
        directory::keep(&self.directory)?;
        self.watcher.keep()
    }

    fn launch<E: Engine>(target: &Path) -> anyhow::Result<Self> {
        let account = Account::choose(E::ACCOUNTS)?;
        let directory = directory::create(target, E::NAME, account)?;
        let started = Self::initialize_and_run::<E>(&directory, account);
        if started.is_err() {
            directory::remove(&directory);
        } else if !matches!(account, Account::Own) {
            eprintln!("   {} runs as another account: it refuses root", E::NAME);
        }
        started.with_context(|| format!("{} could not be started", E::NAME))
    }

    fn initialize_and_run<E: Engine>(directory: &Path, account: Account) -> anyhow::Result<Self> {
        E::initialize(directory, account)?;
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let port = port::free()?;
            let watcher = Watcher::start(account, directory, E::SIGNAL, &E::command(directory, port)?)?;
            if wait_until_ready::<E>(directory, port) {
                let environment = E::environment(directory, port);
                return Ok(Self { watcher, directory: directory.to_owned(), environment });
            }
            log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
            drop(watcher);
            let port_was_taken = log.to_lowercase().contains("address already in use");
            ensure!(port_was_taken, "its log says:\n{log}");
            // The watcher removed everything with the server: begin anew.
            std::fs::create_dir_all(directory)?;
            account.give(directory)?;
            E::initialize(directory, account)?;
        }
        bail!("no free port in {ATTEMPTS} attempts; its log says:\n{log}")
    }
}

fn wait_until_ready<E: Engine>(directory: &Path, port: u16) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if E::ready(directory, port) {
            return true;
        }
        if directory::server(directory).is_some_and(|pid| !process::alive(pid)) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
