//! Who a server runs as.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::packages::is_root;

/// The account that a server and its set-up tools run under.
#[derive(Clone, Copy, Debug)]
pub(super) enum Account {
    /// Whoever runs the task.
    Own,
    /// Another one, because the task runs as root, which database servers refuse.
    Other { user: u32, group: u32 },
}

impl Account {
    /// The task's own account, or for root the first of `names` that exists.
    pub(super) fn choose(names: &[&str]) -> anyhow::Result<Self> {
        if !is_root() {
            return Ok(Self::Own);
        }
        for name in names {
            if let (Some(user), Some(group)) = (id("-u", name), id("-g", name))
                && user != 0
            {
                return Ok(Self::Other { user, group });
            }
        }
        bail!("database servers refuse to run as root, and none of these accounts exists: {}", names.join(", "))
    }

    /// A command that runs under this account.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { user, group } = self {
            command.gid(group).uid(user);
        }
        command
    }

    /// Makes a directory this account's own.
    pub(super) fn give(self, directory: &Path) -> std::io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group } => std::os::unix::fs::chown(directory, Some(user), Some(group)),
        }
    }

    /// Whether this account can enter a directory and write there.
    pub(super) fn can_use(self, directory: &Path) -> bool {
        self.command(Path::new("/bin/sh"))
            .args(["-c", "cd \"$1\" && test -w .", "sh"])
            .arg(directory)
            .current_dir("/")
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

fn id(what: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([what, name]).stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_runs_as_root() {
        let account = Account::choose(&["no-such-account", "root", "nobody"]).unwrap();
        let output = account.command(Path::new("/usr/bin/id")).arg("-u").output().unwrap();
        assert_ne!(output.stdout.trim_ascii(), b"0");
    }

    #[test]
    fn a_directory_that_is_given_can_be_used_and_another_cannot() {
        let account = Account::choose(&["nobody"]).unwrap();
        let directory = std::env::temp_dir().join(format!("xtask-account-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        account.give(&directory).unwrap();
        assert!(account.can_use(&directory));
        assert!(!account.can_use(Path::new("/proc/1")));
        std::fs::remove_dir(&directory).unwrap();
    }
}
