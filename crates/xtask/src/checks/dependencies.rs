//! Who depends on whom, as `cargo metadata` resolves it with every feature, for every platform.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The packages of one workspace and all that they depend on.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependencies {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

/// A member of the workspace, or a crate from elsewhere.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    version: String,
    pub(crate) license: Option<String>,
    pub(crate) rust_version: Option<String>,
    /// Where it may be published; an empty list is `publish = false`.
    publish: Option<Vec<String>>,
}

/// Which dependencies are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    All,
    /// Without those that only tests, examples and benchmarks have.
    UsersNeed,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Dependencies {
    /// Asks Cargo, which is to be in the folder of the workspace.
    pub(crate) fn load(mut cargo: Command) -> anyhow::Result<Self> {
        let output = cargo
            .args(["metadata", "--format-version=1", "--all-features"])
            .output()
            .context("cargo metadata could not be run")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        Self::parse(&output.stdout)
    }

    pub(crate) fn parse(json: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(json).context("cargo metadata printed something else than expected")
    }

    /// The members of the workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Everything that `roots` need, themselves included, each with a shortest way to it, in the order of the names.
    pub(crate) fn reached<'a>(&'a self, roots: impl Iterator<Item = &'a Package>, follow: Follow) -> Vec<Way<'a>> {
        let packages: BTreeMap<_, _> = self.packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let nodes: BTreeMap<_, _> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut found: BTreeMap<&str, Way<'_>> = BTreeMap::new();
        let mut next: VecDeque<_> = roots.map(|root| Way(vec![root])).collect();
        while let Some(way) = next.pop_front() {
            let id = way.end().id.as_str();
            if found.contains_key(id) {
                continue;
            }
            let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps).filter(|edge| edge.is_followed(follow));
            for package in edges.filter_map(|edge| packages.get(edge.pkg.as_str())) {
                next.push_back(Way(way.0.iter().chain([package]).copied().collect()));
            }
            found.insert(id, way);
        }
        let mut ways: Vec<_> = found.into_values().collect();
        ways.sort_by_key(|way| (&way.end().name, &way.end().version));
        ways
    }
}

impl Package {
    /// Whether others are to get it from a registry.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

impl Edge {
    fn is_followed(&self, follow: Follow) -> bool {
        follow == Follow::All || self.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"))
    }
}

/// From a root to what it brings in; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Way<'a>(Vec<&'a Package>);

impl<'a> Way<'a> {
    /// What is brought in.
    pub(crate) fn end(&self) -> &'a Package {
        self.0[self.0.len() - 1]
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|package| package.name.as_str()).collect();
        f.write_str(&names.join(" → "))
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    //! A small workspace: `ours` is published and needs `near`, which needs `far`; `ours` tests with `dev`; `tool` is not published.

    use super::Dependencies;

    /// The workspace, where a crate's fields can be told: `("far", r#""license": "MIT""#)`.
    pub(crate) fn dependencies(fields: &[(&str, &str)]) -> Dependencies {
        let package = |name: &str, always: &str| {
            let told = fields.iter().filter(|(of, _)| *of == name).map(|(_, field)| format!(", {field}"));
            format!(r#"{{"id": "{name}", "name": "{name}", "version": "1.0.0"{always}{}}}"#, told.collect::<String>())
        };
        let packages = [
            package("ours", ""),
            package("tool", r#", "publish": []"#),
            package("near", ""),
            package("far", ""),
            package("dev", ""),
        ];
        let json = format!(
            r#"{{"packages": [{}], "workspace_members": ["ours", "tool"], "resolve": {{"nodes": [
                {{"id": "ours", "deps": [
                    {{"pkg": "near", "dep_kinds": [{{"kind": "dev"}}, {{"kind": null}}]}},
                    {{"pkg": "dev", "dep_kinds": [{{"kind": "dev"}}]}}
                ]}},
                {{"id": "tool", "deps": [{{"pkg": "ours", "dep_kinds": [{{"kind": null}}]}}]}},
                {{"id": "near", "deps": [{{"pkg": "far", "dep_kinds": [{{"kind": "build"}}]}}]}},
                {{"id": "far", "deps": []}},
                {{"id": "dev", "deps": []}}
            ]}}}}"#,
            packages.join(",")
        );
        Dependencies::parse(json.as_bytes()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(published_only: bool, follow: Follow) -> Vec<String> {
        let dependencies = fixture::dependencies(&[]);
        let roots = dependencies.members().filter(|package| !published_only || package.is_published());
        dependencies.reached(roots, follow).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_is_reached_once_by_a_shortest_way() {
        assert_eq!(ways(false, Follow::All), ["ours → dev", "ours → near → far", "ours → near", "ours", "tool"]);
    }

    #[test]
    fn what_users_need_is_without_what_only_tests_need() {
        assert_eq!(ways(true, Follow::UsersNeed), ["ours → near → far", "ours → near", "ours"]);
    }
}
