//! Reads a crate from its root, file by file, as its `mod`s say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::reader::{self, Declared};
use super::tree::{ModuleId, Tree};

/// The text of each file of a crate.
pub(super) type Sources = BTreeMap<PathBuf, String>;

/// The modules of the crate that begins in the file `root`, without those that only tests use.
pub(super) fn load(sources: &Sources, root: &Path) -> anyhow::Result<Tree> {
    let mut tree = Tree::default();
    let folder = root.parent().unwrap_or(Path::new(""));
    let mut waiting = load_file(&mut tree, None, "crate", root, folder, sources)?;
    while let Some(Declared { parent, name, folder }) = waiting.pop() {
        let inside = folder.join(&name);
        let candidates = [inside.with_extension("rs"), inside.join("mod.rs")];
        let Some(file) = candidates.iter().find(|file| sources.contains_key(*file)) else {
            bail!("{} declares `mod {name};`, and {} is not there", tree.modules[parent].file, candidates[0].display());
        };
        waiting.extend(load_file(&mut tree, Some(parent), &name, file, &inside, sources)?);
    }
    Ok(tree)
}

fn load_file(
    tree: &mut Tree,
    parent: Option<ModuleId>,
    name: &str,
    file: &Path,
    folder: &Path,
    sources: &Sources,
) -> anyhow::Result<Vec<Declared>> {
    let text = sources.get(file).with_context(|| format!("{} is not there", file.display()))?;
    let syntax = syn::parse_file(text).with_context(|| format!("{} could not be parsed", file.display()))?;
    let module = tree.add(parent, name, &file.display().to_string());
    Ok(reader::read(tree, module, folder, &syntax.items))
}
