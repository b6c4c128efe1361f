//! Reads one file into its modules.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, Meta, Token, UseTree};

use super::tree::{Binding, Mention, ModuleId, Tree, Use, Visibility};

/// A module whose file is yet to be read.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) parent: ModuleId,
    pub(super) name: String,
    /// The folder that its file is in.
    pub(super) folder: PathBuf,
}

/// Reads the items of a file into `module`, and returns the modules that the file only declares.
///
/// `folder` is where files of child modules are.
pub(super) fn read(tree: &mut Tree, module: ModuleId, folder: &Path, items: &[Item]) -> Vec<Declared> {
    let mut reader = Reader { tree, module, folder: folder.to_owned(), declared: Vec::new() };
    reader.items(items);
    reader.declared
}

struct Reader<'a> {
    tree: &'a mut Tree,
    module: ModuleId,
    folder: PathBuf,
    declared: Vec<Declared>,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            let (name, attributes) = name_and_attributes(item);
            if is_for_tests(attributes) {
                continue;
            }
            let module = &mut self.tree.modules[self.module];
            module.items.extend(name.map(ToString::to_string));
            module.defines_by_macro |= matches!(item, Item::Macro(item) if item.ident.is_none());
            self.visit_item(item);
        }
    }

    fn child(&mut self, item: &syn::ItemMod) {
        let name = item.ident.to_string();
        let Some((_, items)) = &item.content else {
            self.declared.push(Declared { parent: self.module, name, folder: self.folder.clone() });
            return;
        };
        let file = self.tree.modules[self.module].file.clone();
        let child = self.tree.add(Some(self.module), &name, &file);
        let outside = (self.module, self.folder.clone());
        (self.module, self.folder) = (child, outside.1.join(name));
        self.items(items);
        (self.module, self.folder) = outside;
    }

    fn names(&mut self, tree: &UseTree, path: &mut Vec<String>, visibility: Visibility) {
        let (ident, bound) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.names(&tree.tree, path, visibility);
                path.pop();
                return;
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.names(tree, path, visibility)),
            UseTree::Glob(_) => (None, None),
            UseTree::Name(tree) => (Some(&tree.ident), Some(&tree.ident)),
            UseTree::Rename(tree) => (Some(&tree.ident), Some(&tree.rename)),
        };
        let mut of = Mention { path: path.clone(), line: tree.span().start().line };
        // `use a::{self}` binds `a`.
        of.path.extend(ident.filter(|ident| *ident != "self" || path.is_empty()).map(ToString::to_string));
        let name = bound.map(|bound| if bound == "self" { of.path.last().cloned() } else { Some(bound.to_string()) });
        let binds = name.flatten().map_or(Binding::Glob, Binding::Name);
        self.tree.modules[self.module].uses.push(Use { binds, visibility, of });
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        self.tree.modules[self.module].mentions.push(Mention { path, line });
    }

    /// The paths of two names and more among the arguments of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == wanted);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    // Behind `::` the path began earlier, or it is another crate's; `$` begins a variable.
                    let begins = at == 0 || !(is(at - 1, ':') && at > 1 && is(at - 2, ':') || is(at - 1, '$'));
                    let mut path = vec![first.to_string()];
                    while let (true, true, Some(TokenTree::Ident(next))) =
                        (is(at + 1, ':'), is(at + 2, ':'), tokens.get(at + 3))
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if begins && path.len() > 1 {
                        self.mention(path, first.span().start().line);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            _ if is_for_tests(name_and_attributes(item).1) => {}
            Item::Mod(item) => self.child(item),
            Item::Use(item) if item.leading_colon.is_none() => {
                let private = matches!(item.vis, syn::Visibility::Inherited);
                let visibility = if private { Visibility::Import } else { Visibility::ReExport };
                self.names(&item.tree, &mut Vec::new(), visibility);
            }
            Item::Use(_) => {}
            Item::Macro(item) if item.ident.is_some() => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(names, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    // `pub(in crate::a)` imports nothing, and neither does `#[derive(A)]`.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn name_and_attributes(item: &Item) -> (Option<&Ident>, &[Attribute]) {
    match item {
        Item::Const(item) => (Some(&item.ident), &item.attrs),
        Item::Enum(item) => (Some(&item.ident), &item.attrs),
        Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
        Item::ForeignMod(item) => (None, &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
        Item::Mod(item) => (None, &item.attrs),
        Item::Static(item) => (Some(&item.ident), &item.attrs),
        Item::Struct(item) => (Some(&item.ident), &item.attrs),
        Item::Trait(item) => (Some(&item.ident), &item.attrs),
        Item::TraitAlias(item) => (Some(&item.ident), &item.attrs),
        Item::Type(item) => (Some(&item.ident), &item.attrs),
        Item::Union(item) => (Some(&item.ident), &item.attrs),
        Item::Use(item) => (None, &item.attrs),
        _ => (None, &[]),
    }
}

/// Whether only tests are built with it.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let condition = |attribute: &Attribute| attribute.parse_args::<Meta>();
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.flat_map(condition).any(|condition| demands_tests(&condition))
}

fn demands_tests(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test") || condition.path().is_ident("doctest");
    };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
    match () {
        () if list.path.is_ident("all") => parts.iter().any(demands_tests),
        () if list.path.is_ident("any") => !parts.is_empty() && parts.iter().all(demands_tests),
        () => false,
    }
}
