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
struct Package {
    name: String,
    features: BTreeMap<String, Vec<String>>,
    metadata: Option<PackageMetadata>,
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

    fn parse(json: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(json).context("cargo metadata printed something else than expected")
    }

    /// The directory that build output goes to.
    pub(crate) fn target(&self) -> &Path {
        &self.target_directory
    }

    /// Cargo, in the root of the workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// `--features …` that turn the backends on in every package that knows them; empty when there is nothing to turn on.
    pub(crate) fn features(&self, backends: &[Backend]) -> Vec<String> {
        let mut features = Vec::new();
        for package in &self.packages {
            for feature in backends.iter().filter_map(|backend| backend.feature()) {
                if package.features.contains_key(feature) {
                    features.push(format!("{}/{feature}", package.name));
                }
            }
        }
        features.sort();
        features.dedup();
        if features.is_empty() { Vec::new() } else { vec!["--features".to_owned(), features.join(",")] }
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

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace::parse(
            br#"{"workspace_root": "/w", "target_directory": "/w/target", "packages": [
                {"name": "plain", "features": {}, "metadata": null},
                {"name": "other", "features": {}, "metadata": {"docs": {}}},
                {"name": "both", "features": {"mysql": [], "postgres": [], "unrelated": []}, "metadata": null},
                {"name": "example", "features": {"postgres": []}, "metadata": {"xtask": {"run": [[], ["--fixed"]]}}}
            ]}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_backend_is_turned_on_wherever_it_is_known() {
        assert_eq!(
            workspace().features(&[Backend::Sqlite, Backend::Postgres, Backend::Mysql]),
            ["--features", "both/mysql,both/postgres,example/postgres"]
        );
        assert_eq!(workspace().features(&[Backend::Mysql]), ["--features", "both/mysql"]);
    }

    #[test]
    fn sqlite_alone_needs_no_feature() {
        assert!(workspace().features(&[Backend::Sqlite]).is_empty());
    }

    #[test]
    fn a_package_is_run_once_for_each_list_of_arguments() {
        let workspace = workspace();
        let runs: Vec<_> = workspace.runs().collect();
        assert_eq!(runs, [("example", &[][..]), ("example", &["--fixed".to_owned()][..])]);
    }

    #[test]
    fn this_workspace_is_understood() {
        let workspace = Workspace::load().unwrap();
        assert!(workspace.packages.iter().any(|package| package.name == "xtask"));
    }
}
