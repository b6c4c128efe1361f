//! Whether the dependencies of the published crates build with the oldest Rust that these promise to build with.
//!
//! What the locked versions declare is compared. That our own code uses nothing younger is seen by clippy's `incompatible_msrv`.

use std::collections::BTreeMap;
use std::iter;

use anyhow::{Context as _, ensure};

use super::dependencies::{Dependencies, Follow};
use crate::workspace::Workspace;

/// Fails when a dependency of a published crate needs a younger Rust than the crate promises.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let younger = younger(&Dependencies::load(workspace.cargo())?)?;
    ensure!(
        younger.is_empty(),
        "dependencies that need a younger Rust than our crates promise:\n{}\nways out:\n  \
         lock an older version: cargo update CRATE --precise VERSION\n  \
         raise `rust-version` in the workspace's Cargo.toml, and say so in the changelog",
        younger.join("\n"),
    );
    Ok(())
}

fn younger(dependencies: &Dependencies) -> anyhow::Result<Vec<String>> {
    let mut younger = BTreeMap::new();
    for root in dependencies.members().filter(|package| package.is_published()) {
        let promised = root.rust_version.as_deref().with_context(|| format!("{root} declares no `rust-version`"))?;
        for way in dependencies.reached(iter::once(root), Follow::UsersNeed) {
            let package = way.end();
            let Some(needed) = &package.rust_version else { continue };
            if version(needed)? > version(promised)? {
                let line = format!("  {package} needs Rust {needed}, not {promised}; it comes in by {way}");
                younger.entry(package.to_string()).or_insert(line);
            }
        }
    }
    Ok(younger.into_values().collect())
}

/// `1.88` is `1.88.0`.
fn version(text: &str) -> anyhow::Result<[u32; 3]> {
    let mut version = [0; 3];
    let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
    let numbers = numbers.with_context(|| format!("`{text}` is no version of Rust"))?;
    ensure!(numbers.len() <= version.len(), "`{text}` is no version of Rust");
    version[..numbers.len()].copy_from_slice(&numbers);
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::fixture;
    use super::*;

    fn check(fields: &[(&str, &str)], expected: &[&str]) {
        let ours = ("ours", r#""rust_version": "1.88""#);
        assert_eq!(younger(&fixture::dependencies(&[&[ours], fields].concat())).unwrap(), expected);
    }

    #[test]
    fn a_dependency_that_needs_a_younger_rust_is_named() {
        for needed in ["1.88.1", "1.100", "2.0"] {
            let expected = format!("  far 1.0.0 needs Rust {needed}, not 1.88; it comes in by ours → near → far");
            check(&[("far", &format!(r#""rust_version": "{needed}""#))], &[&expected]);
        }
    }

    #[test]
    fn an_equal_or_older_or_undeclared_one_is_silent() {
        for declared in [r#""rust_version": "1.88.0""#, r#""rust_version": "1.9""#, r#""rust_version": null"#] {
            check(&[("far", declared)], &[]);
        }
    }

    #[test]
    fn what_only_tests_need_may_need_a_younger_rust() {
        check(&[("dev", r#""rust_version": "1.90""#), ("tool", r#""rust_version": "1.90""#)], &[]);
    }

    #[test]
    fn a_published_crate_promises_a_rust() {
        let error = younger(&fixture::dependencies(&[])).unwrap_err();
        assert_eq!(error.to_string(), "ours 1.0.0 declares no `rust-version`");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "1.88.0.1", "1.x", "1.88-beta"] {
            version(text).unwrap_err();
        }
    }
}
