//! Looks at other processes, by the tools that every Unix has.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a process of this number exists.
pub(super) fn alive(pid: u32) -> bool {
    !arguments(pid).is_empty()
}

/// Whether a process of this number exists and was started with a path inside `directory`.
pub(super) fn works_in(pid: u32, directory: &Path) -> bool {
    arguments(pid).contains(&*directory.to_string_lossy())
}

/// Ends a process at once.
pub(super) fn kill(pid: u32, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &pid.to_string()]).stderr(Stdio::null()).status();
    // A process that is gone already is what was wanted.
    drop(sent);
}

fn arguments(pid: u32) -> String {
    let output = Command::new("ps").args(["-ww", "-o", "args=", "-p", &pid.to_string()]).stderr(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_a_reaped_one_is_not() {
        assert!(alive(std::process::id()));
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(!alive(pid));
    }

    #[test]
    fn a_process_is_known_by_the_path_it_was_started_with() {
        let mut child =
            Command::new("sh").args(["-c", "read line", "/some/where/data"]).stdin(Stdio::piped()).spawn().unwrap();
        assert!(works_in(child.id(), Path::new("/some/where")));
        assert!(!works_in(child.id(), Path::new("/else/where")));
        kill(child.id(), "KILL");
        child.wait().unwrap();
    }
}
