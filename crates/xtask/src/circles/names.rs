//! What a path means: as the compiler resolves names, as far as files go.

use super::tree::{Binding, ModuleId, ROOT, Tree, Use};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Module(ModuleId),
    /// Something that is defined in this file.
    Item(&'a str),
}

/// Looks names up in one tree.
#[derive(Debug)]
pub(super) struct Names<'a> {
    tree: &'a Tree,
    /// The `use`s that are being followed: none is followed in a circle.
    following: Vec<&'a Use>,
}

impl<'a> Names<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, following: Vec::new() }
    }

    /// Everything that `path` can mean in a module: a module and a function may share a name. Nothing, if it leads out of the crate.
    pub(super) fn resolve(&mut self, from: ModuleId, path: &[String]) -> Vec<Target<'a>> {
        let Some((first, rest)) = path.split_first() else { return vec![Target::Module(from)] };
        let mut targets = match first.as_str() {
            "crate" => vec![Target::Module(ROOT)],
            "self" | "super" => self.step(from, first),
            _ => self.look_up(from, first).unwrap_or_default(),
        };
        for name in rest {
            let is_module = |target: &Target<'_>| matches!(target, Target::Module(_));
            if targets.iter().any(is_module) {
                targets.retain(is_module);
            }
            let step = |target| match target {
                Target::Module(module) => self.step(module, name),
                Target::Item(_) => vec![target],
            };
            targets = targets.into_iter().flat_map(step).collect();
        }
        targets
    }

    /// What `name` is in a module; nothing, if it is bound to something of another crate; none, if it is not bound.
    pub(super) fn look_up(&mut self, module: ModuleId, name: &str) -> Option<Vec<Target<'a>>> {
        let tree = self.tree;
        let scope = &tree.modules[module];
        let mut found: Vec<_> = scope.children.get(name).map(|child| Target::Module(*child)).into_iter().collect();
        found.extend(scope.items.contains(name).then_some(Target::Item(&scope.file)));
        let named: Vec<_> = scope.uses.iter().filter(|import| import.names(name)).collect();
        if !named.is_empty() || !found.is_empty() {
            for import in named {
                found.extend(self.follow(import, |names| names.resolve(module, &import.of.path)));
            }
            return Some(found);
        }
        self.look_up_in_globs(module, &|names, inside| names.look_up(inside, name))
    }

    fn step(&mut self, module: ModuleId, name: &str) -> Vec<Target<'a>> {
        match name {
            "self" => vec![Target::Module(module)],
            "super" => self.tree.modules[module].parent.map(Target::Module).into_iter().collect(),
            _ => self.look_up(module, name).or_else(|| self.made_by_macro(module)).unwrap_or_default(),
        }
    }

    /// A name that nobody has written comes from a macro.
    fn made_by_macro(&mut self, module: ModuleId) -> Option<Vec<Target<'a>>> {
        let scope = &self.tree.modules[module];
        if scope.defines_by_macro {
            return Some(vec![Target::Item(&scope.file)]);
        }
        self.look_up_in_globs(module, &|names, inside| names.made_by_macro(inside))
    }

    fn look_up_in_globs(
        &mut self,
        module: ModuleId,
        look_up: &dyn Fn(&mut Self, ModuleId) -> Option<Vec<Target<'a>>>,
    ) -> Option<Vec<Target<'a>>> {
        let tree = self.tree;
        let mut globs = tree.modules[module].uses.iter().filter(|import| import.binds == Binding::Glob);
        globs.find_map(|import| {
            self.follow(import, |names| {
                let targets = names.resolve(module, &import.of.path);
                targets.into_iter().find_map(|target| match target {
                    Target::Module(inside) => look_up(names, inside),
                    Target::Item(_) => None,
                })
            })
        })
    }

    fn follow<T: Default>(&mut self, import: &'a Use, look_up: impl FnOnce(&mut Self) -> T) -> T {
        if self.following.iter().any(|followed| std::ptr::eq(*followed, import)) {
            return T::default();
        }
        self.following.push(import);
        let found = look_up(self);
        self.following.pop();
        found
    }
}
