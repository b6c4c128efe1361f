//! From the modules of a crate to the imports between its files.

use super::graph::Graph;
use super::names::{Names, Target};
use super::tree::{Binding, Mention, Module, ModuleId, Tree};

/// Adds each import between two files of `tree` to `graph`.
pub(super) fn add_imports(tree: &Tree, graph: &mut Graph) {
    let mut names = Names::new(tree);
    for (id, module) in tree.modules.iter().enumerate() {
        for import in module.uses.iter().filter(|import| import.is_import()) {
            for target in names.resolve(id, &import.of.path) {
                match target {
                    Target::Item(file) => add(graph, module, file, &import.of),
                    Target::Module(glob) if import.binds == Binding::Glob && tree.modules[glob].defines() => {
                        add(graph, module, &tree.modules[glob].file, &import.of);
                    }
                    // What is used of the module is seen where that is mentioned.
                    Target::Module(_) => {}
                }
            }
        }
        for mention in &module.mentions {
            if is_seen_at_its_import(&mut names, id, module, mention) {
                continue;
            }
            for target in names.resolve(id, &mention.path) {
                if let Target::Item(file) = target {
                    add(graph, module, file, mention);
                }
            }
        }
    }
}

/// Whether the `use` that binds the first name of the path says as much as the path.
fn is_seen_at_its_import(names: &mut Names<'_>, id: ModuleId, module: &Module, mention: &Mention) -> bool {
    let first = &mention.path[0];
    let is_imported = module.uses.iter().any(|import| import.is_import() && import.names(first));
    let is_module = |target: &Target<'_>| matches!(target, Target::Module(_));
    let leads_on = mention.path.len() > 1 && names.look_up(id, first).is_some_and(|all| all.iter().any(is_module));
    is_imported && !leads_on
}

fn add(graph: &mut Graph, module: &Module, file: &str, mention: &Mention) {
    graph.add(&module.file, file, mention.line, &mention.path.join("::"));
}
