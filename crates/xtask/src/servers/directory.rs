//! Where a server keeps its data: one directory for each server of each run, removed when it ends.
//!
//! The directory's name holds the process that made it, so a later run can tell what was left over.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::account::Account;
use super::process;

const PREFIX: &str = "diesel-doctor-";

/// A socket's path may have 107 bytes (`sun_path`, with its final zero, has 108; on macOS 104), and PostgreSQL's socket
/// is called `.s.PGSQL.65535.lock` at the longest.
const LONGEST: usize = 103 - "/.s.PGSQL.65535.lock".len();

/// The files of a directory: the server's process, and the mark of a server that was to be kept.
const PID: &str = "pid";
const KEPT: &str = "kept";

/// A new directory that `account` owns: under `target`, or where that is too deep or closed to the account, in the
/// system's place for temporary files.
pub(super) fn create(target: &Path, name: &str, account: Account) -> anyhow::Result<PathBuf> {
    let name = format!("{PREFIX}{}-{name}", std::process::id());
    let mut reasons = Vec::new();
    for place in places(target) {
        match create_in(&place, &name, account) {
            Ok(directory) => return Ok(directory),
            Err(reason) => reasons.push(format!("{}: {reason:#}", place.display())),
        }
    }
    bail!("no place for a server's data; {}", reasons.join("; "))
}

fn create_in(place: &Path, name: &str, account: Account) -> anyhow::Result<PathBuf> {
    // A kept server of an earlier process of this number may have the name.
    let candidates =
        std::iter::once(place.join(name)).chain((2..).map(|number| place.join(format!("{name}-{number}"))));
    let directory = candidates.into_iter().find(|path| !path.exists()).context("every name is taken")?;
    ensure!(directory.as_os_str().len() <= LONGEST, "too long for the path of a socket");
    fs::create_dir_all(place)?;
    fs::create_dir(&directory)?;
    let given = account.give(&directory);
    if given.is_err() || !account.can_use(&directory) {
        remove(&directory);
        given?;
        bail!("closed to the account that the server runs under");
    }
    Ok(directory)
}

/// Where directories can be: the place of choice first.
fn places(target: &Path) -> [PathBuf; 2] {
    [target.join("servers"), std::env::temp_dir()]
}

/// The server's process, once it was started.
pub(super) fn server(directory: &Path) -> Option<u32> {
    fs::read_to_string(directory.join(PID)).ok()?.trim().parse().ok()
}

/// Marks the directory as one that outlives its run.
pub(super) fn keep(directory: &Path) -> std::io::Result<()> {
    fs::write(directory.join(KEPT), "")
}

/// Whether it is so marked.
pub(super) fn is_kept(directory: &Path) -> bool {
    directory.join(KEPT).exists()
}

/// Removes the directory, if it is still there.
pub(super) fn remove(directory: &Path) {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            eprintln!("warning: {} could not be removed: {error}", directory.display());
        }
        _ => {}
    }
}

/// Cleans up after runs that could not do so themselves; to be called before this run starts a server.
pub(crate) fn sweep(target: &Path) {
    sweep_in(&places(target));
}

fn sweep_in(places: &[PathBuf]) {
    // A directory that bears this process's own number is left over too: numbers come back, in containers at once.
    let ended = |run| run == std::process::id() || !process::alive(run);
    for directory in left_over(places, |directory, run| ended(run) && !is_kept(directory)) {
        eprintln!("   cleaning up {}", directory.display());
        end(&directory);
    }
}

/// Stops the servers that earlier runs were told to keep, and says how many there were.
pub(crate) fn stop_kept(target: &Path) -> anyhow::Result<usize> {
    stop_kept_in(&places(target))
}

fn stop_kept_in(places: &[PathBuf]) -> anyhow::Result<usize> {
    let kept = left_over(places, |directory, _| is_kept(directory));
    for directory in &kept {
        end(directory);
        ensure!(!directory.exists(), "{} is still there", directory.display());
    }
    Ok(kept.len())
}

fn end(directory: &Path) {
    if let Some(pid) = server(directory).filter(|pid| process::works_in(*pid, directory)) {
        // Not KILL: PostgreSQL's main process would leave its children and its shared memory behind.
        process::kill(pid, "QUIT");
        let started = std::time::Instant::now();
        while process::alive(pid) && started.elapsed().as_secs() < 5 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        process::kill(pid, "KILL");
    }
    remove(directory);
}

/// The directories that `wanted` picks, by path and by the process of the run that made them.
fn left_over(places: &[PathBuf], wanted: impl Fn(&Path, u32) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for place in places {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let directory = entry.path();
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && run(&directory).is_some_and(|run| wanted(&directory, run)) {
                found.push(directory);
            }
        }
    }
    found
}

/// The process of the run that made a directory.
fn run(directory: &Path) -> Option<u32> {
    directory.file_name()?.to_str()?.strip_prefix(PREFIX)?.split_once('-')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place of its own for each test, as `target`.
    fn place(test: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        place
    }

    /// The number of a process that has ended.
    fn dead() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        pid
    }

    #[test]
    fn what_an_ended_run_left_is_swept_and_a_living_one_s_is_not() {
        let place = place("sweep");
        let mut living = std::process::Command::new("sh")
            .args(["-c", "read line"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let names = [
            format!("{PREFIX}{}-postgres", dead()),
            format!("{PREFIX}{}-postgres", std::process::id()),
            format!("{PREFIX}{}-postgres", living.id()),
            "somebody-else".to_owned(),
        ];
        let directories = names.map(|name| place.join(name));
        for directory in &directories {
            fs::create_dir(directory).unwrap();
        }
        sweep_in(std::slice::from_ref(&place));
        assert_eq!(directories.map(|directory| directory.exists()), [false, false, true, true]);
        living.kill().unwrap();
        living.wait().unwrap();
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_kept_server_survives_the_sweep_and_is_ended_by_stop() {
        let place = place("keep");
        let kept = place.join(format!("{PREFIX}{}-postgres", dead()));
        fs::create_dir(&kept).unwrap();
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line", "sh"])
            .arg(kept.join("data"))
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        fs::write(kept.join(PID), child.id().to_string()).unwrap();
        keep(&kept).unwrap();
        sweep_in(std::slice::from_ref(&place));
        assert!(kept.exists());
        // Somebody must reap it, or it would stay visible.
        let waiter = std::thread::spawn(move || child.wait());
        assert_eq!(stop_kept_in(std::slice::from_ref(&place)).unwrap(), 1);
        assert!(!kept.exists());
        assert!(!waiter.join().unwrap().unwrap().success());
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let place = place("taken");
        let directories = [(); 2].map(|()| create(&place, "same", Account::Own).unwrap());
        assert_ne!(directories[0], directories[1]);
        assert!(directories.iter().all(|directory| run(directory) == Some(std::process::id())));
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_path_that_is_too_long_or_shut_falls_back_to_the_temporary_place() {
        let place = place("deep");
        let deep = place.join("d".repeat(90));
        fs::create_dir(&deep).unwrap();
        let directory = create(&deep, "deep", Account::Own).unwrap();
        assert!(
            directory.starts_with(std::env::temp_dir()) && !directory.starts_with(&place),
            "{}",
            directory.display()
        );
        fs::remove_dir_all(directory).unwrap();
        let file = place.join("file");
        fs::write(&file, "").unwrap();
        let directory = create(&file, "shut", Account::Own).unwrap();
        assert!(
            directory.starts_with(std::env::temp_dir()) && !directory.starts_with(&place),
            "{}",
            directory.display()
        );
        fs::remove_dir_all(directory).unwrap();
        let directory = create(&place, "flat", Account::Own).unwrap();
        assert!(directory.starts_with(&place), "{}", directory.display());
        fs::remove_dir_all(place).unwrap();
    }
}
