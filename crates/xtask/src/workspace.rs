//! What `cargo metadata` says of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::Backend;

/// The workspace that this task was built from.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

/// One member.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    name: String,
    manifest_path: PathBuf,
    features: BTreeMap<String, Vec<String>>,
    metadata: Option<PackageMetadata>,
    /// Where it may be published; an empty list is `publish = false`.
    publish: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct PackageMetadata {
    xtask: Option<Runs>,
}

/// `[package.metadata.xtask]`
#[derive(Debug, Deserialize)]
struct Runs {
    #[serde(default)]
    run: Vec<Vec<String>>,
}

impl Workspace {
    /// Asks Cargo.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let here =
            std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let output = cargo()
            .args(["metadata", "--format-version=1", "--no-deps"])
            .current_dir(here)
            .output()
            .context("cargo metadata could not be run")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        Self::parse(&output.stdout)
    }

    pub(crate) fn parse(json: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(json).context("cargo metadata printed something else than expected")
    }

    /// The directory that build output goes to.
    pub(crate) fn target(&self) -> &Path {
        &self.target_directory
    }

    /// The directory of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo, in the root of the workspace.
    pub(crate) fn cargo(&self) -> Command {
        self.cargo_in("")
    }

    /// Cargo, in a folder of the root that is a workspace of its own, with the same target directory.
    pub(crate) fn cargo_in(&self, folder: &str) -> Command {
        let mut command = cargo();
        command.current_dir(self.root.join(folder)).env("CARGO_TARGET_DIR", &self.target_directory);
        command
    }

    /// The arguments that select `packages`, or all of them when none is named, and turn the backends on in those that
    /// know them.
    pub(crate) fn selection(&self, packages: &[String], backends: &[Backend]) -> anyhow::Result<Vec<String>> {
        for name in packages {
            let known = || self.packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>().join(", ");
            ensure!(
                self.packages.iter().any(|package| package.name == *name),
                "there is no package `{name}`; there are: {}",
                known()
            );
        }
        let mut arguments = Vec::new();
        if packages.is_empty() {
            arguments.push("--workspace".to_owned());
        }
        for name in packages {
            arguments.extend(["--package".to_owned(), name.clone()]);
        }
        let mut features = Vec::new();
        for package in self.packages.iter().filter(|package| packages.is_empty() || packages.contains(&package.name)) {
            for feature in backends.iter().filter_map(|backend| backend.feature()) {
                if package.features.contains_key(feature) {
                    features.push(format!("{}/{feature}", package.name));
                }
            }
        }
        features.sort();
        features.dedup();
        if !features.is_empty() {
            arguments.extend(["--features".to_owned(), features.join(",")]);
        }
        Ok(arguments)
    }

    /// The crates that others are to get from a registry.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.publish.as_ref().is_none_or(|registries| !registries.is_empty()))
    }

    /// The packages whose program is to be run, each with the arguments of one run.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.packages.iter().flat_map(|package| {
            let runs = package.metadata.as_ref().and_then(|metadata| metadata.xtask.as_ref());
            runs.into_iter().flat_map(|runs| &runs.run).map(|arguments| (package.name.as_str(), arguments.as_slice()))
        })
    }

    /// The program of a package, as a debug build of the workspace leaves it.
    pub(crate) fn program(&self, package: &str) -> Command {
        let mut command = Command::new(self.target_directory.join("debug").join(package));
        command.current_dir(&self.root);
        command
    }
}

impl Package {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The features, each with what it turns on.
    pub(crate) fn features(&self) -> &BTreeMap<String, Vec<String>> {
        &self.features
    }

    /// Where its `Cargo.toml` is.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace::parse(
            br#"{"workspace_root": "/w", "target_directory": "/w/target", "packages": [
                {"name": "plain", "manifest_path": "/w/plain/Cargo.toml", "features": {}, "metadata": null, "publish": []},
                {"name": "other", "manifest_path": "/w/other/Cargo.toml", "features": {}, "metadata": {"docs": {}}, "publish": ["a-registry"]},
                {"name": "both", "manifest_path": "/w/both/Cargo.toml", "features": {"mysql": [], "postgres": [], "unrelated": []}, "metadata": null, "publish": null},
                {"name": "example", "manifest_path": "/w/example/Cargo.toml", "features": {"postgres": []}, "metadata": {"xtask": {"run": [[], ["--fixed"]]}}, "publish": []}
            ]}"#,
        )
        .unwrap()
    }

    fn check(packages: &[&str], backends: &[Backend], expected: &[&str]) {
        let packages: Vec<_> = packages.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(workspace().selection(&packages, backends).unwrap(), expected);
    }

    #[test]
    fn a_backend_is_turned_on_wherever_it_is_known() {
        let all = [Backend::Sqlite, Backend::Postgres, Backend::Mysql];
        check(&[], &all, &["--workspace", "--features", "both/mysql,both/postgres,example/postgres"]);
        check(&[], &[Backend::Mysql], &["--workspace", "--features", "both/mysql"]);
    }

    #[test]
    fn sqlite_alone_needs_no_feature() {
        check(&[], &[Backend::Sqlite], &["--workspace"]);
    }

    #[test]
    fn a_selected_package_gets_its_own_features_only() {
        check(&["example"], &[Backend::Postgres], &["--package", "example", "--features", "example/postgres"]);
        check(&["plain"], &[Backend::Postgres], &["--package", "plain"]);
    }

    #[test]
    fn an_unknown_package_is_refused_with_the_known_ones() {
        let error = workspace().selection(&["plane".to_owned()], &[]).unwrap_err();
        assert_eq!(error.to_string(), "there is no package `plane`; there are: plain, other, both, example");
    }

    #[test]
    fn a_package_is_run_once_for_each_list_of_arguments() {
        let workspace = workspace();
        let runs: Vec<_> = workspace.runs().collect();
        assert_eq!(runs, [("example", &[][..]), ("example", &["--fixed".to_owned()][..])]);
    }

    #[test]
    fn what_may_go_to_a_registry_is_published() {
        let workspace = workspace();
        let published: Vec<_> = workspace.published().map(Package::name).collect();
        assert_eq!(published, ["other", "both"]);
    }

    #[test]
    fn this_workspace_is_understood() {
        let workspace = Workspace::load().unwrap();
        assert!(workspace.packages.iter().any(|package| package.name == "xtask"));
    }
}
