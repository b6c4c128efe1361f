//! Ties a server's life to ours, without `unsafe` and without a signal handler.
//!
//! A shell stands between: it starts the server and reads from a pipe that only this process can write to. When this
//! process ends, by whatever cause, the pipe closes, and the shell ends the server and removes its data. It has a process
//! group of its own, so that Ctrl-C ends this process and not the shell.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use super::account::Account;
use super::directory;

/// Called with a directory, a signal, and the server's command.
const SCRIPT: &str = r#"
directory=$1; signal=$2; shift 2
"$@" </dev/null >"$directory/log" 2>&1 &
server=$!
echo "$server" >"$directory/pid"
if read -r word && [ "$word" = keep ]; then exit 0; fi
kill -s "$signal" "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$directory"
exit 0
"#;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    shell: Child,
    directory: PathBuf,
}

impl Watcher {
    /// Starts the server, whose output goes to the file `log` in `directory`, and its process number to `pid`.
    pub(super) fn start(account: Account, directory: &Path, signal: &str, server: &Command) -> anyhow::Result<Self> {
        let shell = account
            .command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "sh"])
            .arg(directory)
            .arg(signal)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir(directory)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("no shell could be started")?;
        Ok(Self { shell, directory: directory.to_owned() })
    }

    /// Lets the server live on.
    pub(super) fn keep(mut self) -> anyhow::Result<()> {
        let mut pipe = self.shell.stdin.take().context("the shell is gone")?;
        pipe.write_all(b"keep\n").context("the shell is gone")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("warning: a server may still be running: {error}");
        }
        // The shell emptied it; an account of its own has no right to remove it altogether.
        if !directory::is_kept(&self.directory) {
            directory::remove(&self.directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::process;
    use super::*;

    /// A "server" that runs until it is ended, and the directory that it works in.
    fn start(name: &str) -> (Watcher, std::path::PathBuf, u32) {
        let directory = std::env::temp_dir().join(format!("xtask-watcher-{name}-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let mut server = Command::new("sh");
        server.args(["-c", "while :; do sleep 1; done", "sh"]).arg(directory.join("data"));
        let watcher = Watcher::start(Account::Own, &directory, "KILL", &server).unwrap();
        assert!(eventually(|| directory::server(&directory).is_some()));
        let pid = directory::server(&directory).unwrap();
        (watcher, directory, pid)
    }

    /// Waits for what another process does, but not for ever.
    fn eventually(condition: impl Fn() -> bool) -> bool {
        let started = std::time::Instant::now();
        while !condition() {
            if started.elapsed().as_secs() > 30 {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }

    #[test]
    fn a_server_and_its_data_end_with_the_watcher() {
        let (watcher, directory, pid) = start("drop");
        assert!(process::alive(pid));
        drop(watcher);
        assert!(!process::alive(pid));
        assert!(!directory.exists());
    }

    /// Set in the process that `a_server_ends_when_its_owner_is_killed` starts and kills.
    const OWNER: &str = "XTASK_TEST_OWNER";

    #[test]
    fn a_server_ends_when_its_owner_is_killed() {
        if std::env::var_os(OWNER).is_some() {
            let (_watcher, directory, pid) = start("owned");
            println!("\n{OWNER} {pid} {}", directory.display());
            // Until it is killed.
            std::thread::park();
        }
        let mut owner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "servers::watcher::tests::a_server_ends_when_its_owner_is_killed"])
            .env(OWNER, "")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = std::io::BufReader::new(owner.stdout.take().unwrap());
        let mut lines = std::io::BufRead::lines(output).map(Result::unwrap);
        let line = lines.find_map(|line| Some(line.strip_prefix(OWNER)?.trim().to_owned())).unwrap();
        let (pid, directory) = line.split_once(' ').unwrap();
        let pid = pid.parse().unwrap();
        assert!(process::works_in(pid, Path::new(directory)));
        owner.kill().unwrap();
        owner.wait().unwrap();
        assert!(eventually(|| !process::alive(pid) && !Path::new(directory).exists()));
    }

    #[test]
    fn a_kept_server_lives_on() {
        let (watcher, directory, pid) = start("kept");
        directory::keep(&directory).unwrap();
        watcher.keep().unwrap();
        assert!(process::alive(pid));
        assert!(directory.exists());
        process::kill(pid, "KILL");
        directory::remove(&directory);
    }
}
