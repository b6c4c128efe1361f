//! Whether the published crates build with the lowest versions of their dependencies that they ask for.
//!
//! A lock file has the newest versions, so nothing else notices that the code uses what the oldest allowed version does not have.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::complaint::complaint;
use super::features;
use crate::Backend;
use crate::own_suite::copy_folder;
use crate::workspace::Workspace;

/// Checks the published crates, with all features, in a copy that has a lock file of its own.
pub(crate) fn check(workspace: &Workspace, backends: &[Backend]) -> anyhow::Result<()> {
    let copy = copied(workspace)?;
    let cargo = || {
        let mut cargo = workspace.cargo();
        cargo.current_dir(&copy);
        cargo
    };
    let mut resolve = cargo();
    resolve.args(["generate-lockfile", "--quiet", "-Z", "direct-minimal-versions"]);
    // The option is no stable one. Only what resolves is told so: build scripts would take the compiler for a nightly one.
    resolve.env("RUSTC_BOOTSTRAP", "1");
    if let Some(complaint) = complaint(&mut resolve)? {
        bail!(
            "the lowest versions that our crates ask for do not fit together:\n{complaint}\nway out:\n  \
             ask for the version that Cargo names above, in `[workspace.dependencies]` or in the crate's Cargo.toml"
        );
    }
    let mut check = cargo();
    check.args(["check", "--quiet", "--locked", "--workspace", "--lib", "--features"]);
    check.arg(features::of_all(workspace, backends).join(","));
    if let Some(complaint) = complaint(&mut check)? {
        bail!(
            "our crates do not build with the lowest versions that they ask for:\n{complaint}\n{} names the versions\nway out:\n  \
             find the version that has what is missing above, and ask for it in `[workspace.dependencies]` or in the crate's Cargo.toml",
            copy.join("Cargo.lock").display(),
        );
    }
    Ok(())
}

/// A workspace of the published crates alone: what others depend on, and what only tests need, is not to choose the versions.
fn copied(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let copy = workspace.target().join("lowest");
    if copy.exists() {
        fs::remove_dir_all(&copy).with_context(|| format!("{} could not be removed", copy.display()))?;
    }
    let mut members = Vec::new();
    for package in workspace.published() {
        let folder = package.folder().strip_prefix(workspace.root())?;
        copy_folder(package.folder(), &copy.join(folder))?;
        let manifest = read(&package.folder().join("Cargo.toml"))?;
        fs::write(copy.join(folder).join("Cargo.toml"), without_dev_dependencies(&manifest))?;
        members.push(folder.to_str().context("a folder's name is no text")?);
    }
    let manifest = with_members(&read(&workspace.root().join("Cargo.toml"))?, &members);
    fs::write(copy.join("Cargo.toml"), manifest.context("the workspace's Cargo.toml has no `members = [`")?)?;
    Ok(copy)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))
}

/// The manifest of a workspace, with other members; nothing, if it lists none.
fn with_members(manifest: &str, members: &[&str]) -> Option<String> {
    let (before, rest) = manifest.split_once("members = [")?;
    let (_, after) = rest.split_once(']')?;
    let list = members.iter().map(|member| format!("{member:?}")).collect::<Vec<_>>().join(", ");
    Some(format!("{before}members = [{list}]{after}"))
}

/// The manifest of a package, without the tables of what only its tests, examples and benchmarks need.
fn without_dev_dependencies(manifest: &str) -> String {
    let mut is_kept = true;
    let lines = manifest.split_inclusive('\n').filter(|line| {
        if line.starts_with('[') {
            let table = line.trim().trim_matches(['[', ']']);
            is_kept = !table.split('.').any(|part| part == "dev-dependencies");
        }
        is_kept
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_gets_other_members_and_keeps_the_rest() {
        for members in ["members = [\n    \"a\",\n    \"b\",\n]", "members = [\"a\", \"b\"]"] {
            let manifest = format!("[workspace]\n{members}\nresolver = \"3\"\n\n[workspace.dependencies]\nx = \"1\"\n");
            assert_eq!(
                with_members(&manifest, &["b", "c"]).unwrap(),
                "[workspace]\nmembers = [\"b\", \"c\"]\nresolver = \"3\"\n\n[workspace.dependencies]\nx = \"1\"\n"
            );
        }
    }

    #[test]
    fn a_workspace_without_a_list_of_members_gets_none() {
        assert_eq!(with_members("[workspace]\n", &["b"]), None);
    }

    #[test]
    fn a_package_loses_what_only_tests_need() {
        let kept =
            "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[target.'cfg(unix)'.dependencies]\nc = \"1\"\n\n";
        let last = "[lints]\nworkspace = true\n";
        let manifest = format!(
            "{kept}[dev-dependencies]\nd = {{ version = \"1\", features = [\n    \"x\",\n] }}\n\n\
             [dev-dependencies.e]\nversion = \"1\"\n\n[target.'cfg(unix)'.dev-dependencies]\nf = \"1\"\n\n{last}"
        );
        assert_eq!(without_dev_dependencies(&manifest), format!("{kept}{last}"));
    }
}
