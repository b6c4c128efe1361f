//! Finds programs, also where package managers hide servers.

use std::path::{Path, PathBuf};

/// Directories that hold servers but are often not in `PATH`.
const HIDDEN: &[&str] = &["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/opt/homebrew/bin", "/usr/local/bin"];

/// Directories with one directory per version, and what follows the version.
const VERSIONED: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr/libexec/postgresql", ""),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
];

/// The path of a program, or nothing.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain(HIDDEN.iter().map(PathBuf::from)).chain(versioned());
    directories.map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}

/// A program that came with another one: beside the file that a link leads to.
///
/// PostgreSQL's tools look for their helpers beside themselves, and a link in `PATH` may lead to one of them only.
pub(crate) fn beside(program: &Path, name: &str) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    let sibling = real.parent()?.join(name);
    sibling.is_file().then_some(sibling)
}

/// Newest version first.
fn versioned() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (directory, inner) in VERSIONED {
        let Ok(entries) = std::fs::read_dir(directory) else {
            continue;
        };
        let mut versions: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
        found.extend(versions.into_iter().map(|path| path.join(inner)));
    }
    found
}

fn version(path: &Path) -> u32 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.trim_start_matches(|character: char| !character.is_ascii_digit()).parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version(Path::new("/usr/lib/postgresql/15")) > version(Path::new("/usr/lib/postgresql/9")));
        assert_eq!(version(Path::new("/opt/homebrew/opt/postgresql@16")), 16);
    }

    #[cfg(unix)]
    #[test]
    fn the_shell_is_found_and_the_impossible_is_not() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
