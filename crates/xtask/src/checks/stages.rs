//! The checks as stages of `cargo xtask lint`.

use super::{features, licences, lowest, minimum_rust, packaging};
use crate::Backend;
use crate::stages::Stages;
use crate::workspace::Workspace;

/// Workspaces of their own: what they depend on stands in a lock file of theirs.
const BENCHMARKS: [&str; 2] = ["benchmarks", "benchmarks/sql"];

/// Runs each check; a failure of one does not keep the next from running.
pub(crate) fn run(workspace: &Workspace, backends: &[Backend], stages: &mut Stages) {
    stages.check("licences", || licences::check(workspace.cargo(), &[]));
    for folder in BENCHMARKS {
        stages.check(&format!("licences, {folder}"), || {
            licences::check(workspace.cargo_in(folder), licences::ALLOWED_TO_MEASURE)
        });
    }
    stages.check("minimum Rust", || minimum_rust::check(workspace));
    stages.check("features", || features::check(workspace, backends));
    stages.check("packages", || packaging::check(workspace));
    stages.check("lowest versions", || lowest::check(workspace, backends));
}
