//! The modules of a crate: what each defines, what it imports and what it mentions.

use std::collections::{BTreeMap, BTreeSet};

/// The place of a module in its [`Tree`].
pub(super) type ModuleId = usize;

/// The root of every tree.
pub(super) const ROOT: ModuleId = 0;

/// All modules of a crate, the root first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// One module; several can be in one file.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) file: String,
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    /// The names of what it defines itself.
    pub(super) items: BTreeSet<String>,
    /// A macro stands between its items and may define more.
    pub(super) defines_by_macro: bool,
    pub(super) uses: Vec<Use>,
    /// The paths in its code.
    pub(super) mentions: Vec<Mention>,
}

/// One name, or one glob, of a `use`.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) binds: Binding,
    pub(super) visibility: Visibility,
    pub(super) of: Mention,
}

/// What a `use` binds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Binding {
    Name(String),
    Glob,
}

/// Whom a `use` is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    /// For the file itself.
    Import,
    /// For others.
    ReExport,
}

/// A path, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

impl Tree {
    /// Adds a module below `parent`.
    pub(super) fn add(&mut self, parent: Option<ModuleId>, name: &str, file: &str) -> ModuleId {
        let id = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        if let Some(parent) = parent {
            self.modules[parent].children.insert(name.to_owned(), id);
        }
        id
    }
}

impl Module {
    /// Whether anything can be imported from it that it defines itself.
    pub(super) fn defines(&self) -> bool {
        self.defines_by_macro || !self.items.is_empty()
    }
}

impl Use {
    /// Whether it binds `name`.
    pub(super) fn names(&self, name: &str) -> bool {
        matches!(&self.binds, Binding::Name(bound) if bound == name)
    }

    /// Whether it is the file's own.
    pub(super) fn is_import(&self) -> bool {
        self.visibility == Visibility::Import
    }
}
