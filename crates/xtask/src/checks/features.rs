//! Whether each published crate builds with every feature alone, with none and with all.
//!
//! Where the whole workspace is built, a crate gets what others ask for as well, and does not notice what it forgot to ask for.

use anyhow::ensure;
use clap::ValueEnum as _;

use super::complaint::complaint;
use crate::Backend;
use crate::workspace::{Package, Workspace};

/// Fails when a published crate does not build, or has a warning, with one of the sets. Features of other backends than `backends` are left
/// out: they need a client library.
pub(crate) fn check(workspace: &Workspace, backends: &[Backend]) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for package in workspace.published() {
        for set in sets(&names(package, backends)) {
            let arguments = ["--package", package.name(), "--no-default-features", "--features", &set.join(",")];
            let line = format!("cargo clippy --no-deps --lib {}", arguments.join(" "));
            eprintln!("   {}", line.trim_end());
            let mut cargo = workspace.cargo();
            cargo.args(["clippy", "--quiet", "--no-deps", "--lib"]).args(arguments).args(["--", "-D", "warnings"]);
            if let Some(complaint) = complaint(&mut cargo)? {
                eprintln!("{complaint}");
                failed.push(format!("  {}", line.trim_end()));
            }
        }
    }
    ensure!(
        failed.is_empty(),
        "sets of features that do not build; these commands show why:\n{}\nways out:\n  \
         an item is missing: let the feature turn on what it needs, in the crate's Cargo.toml\n  \
         code is unused: put it behind the feature that uses it",
        failed.join("\n"),
    );
    Ok(())
}

/// `package/feature` for every feature of the published crates.
pub(crate) fn of_all(workspace: &Workspace, backends: &[Backend]) -> Vec<String> {
    let packages = workspace.published();
    let of_one = |package| names(package, backends).into_iter().map(|name| format!("{}/{name}", package.name()));
    packages.flat_map(of_one).collect()
}

/// The features of a package, without those that need a client library which was not asked for, and without a `default` that turns
/// nothing on.
fn names<'a>(package: &'a Package, backends: &[Backend]) -> Vec<&'a str> {
    let others = Backend::value_variants().iter().filter(|backend| !backends.contains(backend));
    let left_out: Vec<_> = others.filter_map(|backend| backend.feature()).collect();
    let features = package.features().iter().filter(|(name, turned_on)| *name != "default" || !turned_on.is_empty());
    features.map(|(name, _)| name.as_str()).filter(|name| !left_out.contains(name)).collect()
}

/// None, each alone, all; for a crate without features nothing, because other checks build it so.
fn sets<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    if names.is_empty() {
        return Vec::new();
    }
    let mut sets = vec![Vec::new()];
    sets.extend(names.iter().map(|name| vec![*name]));
    if names.len() > 1 {
        sets.push(names.to_vec());
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;

    fn check(features: &str, backends: &[Backend], expected: &[&[&str]]) {
        let json = format!(r#"{{"name": "a", "manifest_path": "/a/Cargo.toml", "features": {features}}}"#);
        assert_eq!(sets(&names(&serde_json::from_str(&json).unwrap(), backends)), expected);
    }

    fn run(name: &str, code: &str) -> Result<(), String> {
        let scratch = Scratch::new(name, r#""x": [], "y": []"#, r#""/src""#, code);
        super::check(&scratch.workspace(), &[]).map_err(|error| error.to_string())
    }

    #[test]
    fn sets_that_do_not_build_or_have_a_warning_are_named() {
        let code = "#[cfg(feature = \"x\")]\nfn helper() {}\n/// Helps.\n#[cfg(feature = \"y\")]\npub fn help() { helper() }\n";
        let error = run("features-apart", code).unwrap_err();
        let named: Vec<_> = error.lines().filter(|line| line.starts_with("  cargo")).collect();
        let command = "  cargo clippy --no-deps --lib --package scratch --no-default-features --features";
        assert_eq!(named, [format!("{command} x"), format!("{command} y")]);
    }

    #[test]
    fn sets_that_build_are_silent() {
        run("features-together", "/// Helps.\n#[cfg(feature = \"y\")]\npub fn help() {}\n").unwrap();
    }

    #[test]
    fn a_crate_is_built_with_no_feature_with_each_alone_and_with_all() {
        check(r#"{"b": ["dep:b"], "a": [], "default": []}"#, &[], &[&[], &["a"], &["b"], &["a", "b"]]);
    }

    #[test]
    fn one_feature_alone_is_all() {
        check(r#"{"a": []}"#, &[], &[&[], &["a"]]);
    }

    #[test]
    fn defaults_that_turn_something_on_are_a_set() {
        check(r#"{"a": [], "default": ["a"]}"#, &[], &[&[], &["a"], &["default"], &["a", "default"]]);
    }

    #[test]
    fn a_crate_without_features_is_left_to_the_other_checks() {
        check("{}", &[], &[]);
        check(r#"{"default": []}"#, &[], &[]);
    }

    #[test]
    fn features_that_need_a_client_library_are_built_when_it_was_asked_for() {
        let features = r#"{"mysql": [], "postgres": [], "sqlite": []}"#;
        check(features, &[Backend::Sqlite], &[&[], &["sqlite"]]);
        check(features, &[Backend::Mysql], &[&[], &["mysql"], &["sqlite"], &["mysql", "sqlite"]]);
        check(
            features,
            &[Backend::Postgres, Backend::Mysql],
            &[&[], &["mysql"], &["postgres"], &["sqlite"], &["mysql", "postgres", "sqlite"]],
        );
    }
}
