//! Whether each published crate can be uploaded, and builds from what would be uploaded.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::bail;

use super::complaint::complaint;
use crate::workspace::Workspace;

/// Packages every published crate, and builds it from its package with nothing else of the workspace at hand.
///
/// A clean tree is packaged as it stands. Where something is changed and not committed, Cargo refuses to package; it is told not to, and so
/// are those who watch.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    forget_unpacked(workspace);
    let mut cargo = workspace.cargo();
    cargo.args(["package", "--quiet"]);
    for package in workspace.published() {
        cargo.args(["--package", package.name()]);
    }
    if is_dirty(workspace) {
        eprintln!("   the tree has changes that are not committed; they are packaged, too");
        cargo.arg("--allow-dirty");
    }
    let Some(complaint) = complaint(&mut cargo)? else { return Ok(()) };
    bail!(
        "a crate cannot be packaged, or does not build from its package:\n{complaint}\nways out:\n  \
         a file is missing: `include` in the workspace's Cargo.toml says what is packaged; `cargo package --list -p CRATE` shows it\n  \
         a dependency has no version: give it one beside its path, in `[workspace.dependencies]`\n  \
         the crate is not for others: `publish.workspace = true` in its Cargo.toml"
    )
}

/// Cargo keeps what it unpacked of a package under its version, and builds the packages that depend on it from there. While the version stays, an
/// earlier state of the code would be built.
fn forget_unpacked(workspace: &Workspace) {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let Some(sources) = home.and_then(|home| fs::read_dir(home.join("registry").join("src")).ok()) else { return };
    // A registry that Cargo makes of packages for the time of packaging has no host in its name.
    let overlays = sources.flatten().filter(|folder| folder.file_name().to_string_lossy().starts_with('-'));
    for unpacked in overlays.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten() {
        let name = unpacked.file_name();
        let is_ours = |name: &str| workspace.published().any(|package| name.starts_with(package.name()));
        if name.to_str().is_some_and(is_ours) {
            // What cannot be removed is seen by a build that fails.
            let _ = fs::remove_dir_all(unpacked.path());
        }
    }
}

/// Where Git does not know, Cargo does not ask.
fn is_dirty(workspace: &Workspace) -> bool {
    let mut git = Command::new("git");
    git.args(["status", "--porcelain"]).current_dir(workspace.root());
    git.output().is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;

    fn run(name: &str, include: &str) -> Result<(), String> {
        let scratch = Scratch::new(name, "", include, "#![doc = include_str!(\"page.md\")]\n");
        check(&scratch.workspace()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_crate_whose_package_lacks_a_file_is_refused() {
        let error = run("package-without-page", r#""/src/**/*.rs""#).unwrap_err();
        assert!(error.contains("page.md") && error.contains("`include`"), "{error}");
    }

    #[test]
    fn a_crate_whose_package_has_all_files_passes() {
        run("package-with-page", r#""/src/**/*.rs", "/src/**/*.md""#).unwrap();
    }
}
