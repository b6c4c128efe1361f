//! The check itself, over all crates of the workspace.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::graph::Graph;
use super::imports::add_imports;
use super::load::{Sources, load};

/// Fails with every circle that the crates under `crates/` have, `workspace` being the root.
pub(crate) fn check(workspace: &Path) -> anyhow::Result<()> {
    let mut graph = Graph::default();
    for folder in entries(&workspace.join("crates"))? {
        let source = folder.join("src");
        let mut sources = Sources::new();
        if source.is_dir() {
            read(workspace, &source, &mut sources)?;
        }
        let source = source.strip_prefix(workspace)?;
        let is_root = |file: &&PathBuf| {
            [source.join("lib.rs"), source.join("main.rs")].contains(file) || file.parent() == Some(&source.join("bin"))
        };
        for root in sources.keys().filter(is_root) {
            add_imports(&load(&sources, root)?, &mut graph);
        }
    }
    judge(&graph)
}

/// Fails with every circle of `graph`.
pub(super) fn judge(graph: &Graph) -> anyhow::Result<()> {
    let circles = graph.circles();
    if circles.is_empty() {
        return Ok(());
    }
    let mut message = String::new();
    for circle in circles {
        writeln!(message, "{circle}")?;
    }
    bail!(
        "{message}move what both sides need into a file that imports neither, \
         or move a function to the file that may know both"
    )
}

/// Adds all Rust files below `folder`, by their paths in the workspace.
fn read(workspace: &Path, folder: &Path, sources: &mut Sources) -> anyhow::Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            read(workspace, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))?;
            sources.insert(path.strip_prefix(workspace)?.to_owned(), text);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}
