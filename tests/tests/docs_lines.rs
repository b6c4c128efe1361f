//! The lines that the documentation gives to copy are lines that cargo takes, in a package outside of this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the documentation says that the reader's copy of this repository is.
const COPY: &str = "\"../diesel-doctor/crates/";

#[test]
fn lines_to_copy_resolve() {
    for (page, at_least) in [
        ("README.md", 1),
        ("docs/getting-started.md", 3),
        ("docs/web.md", 2),
        ("examples/actix-app/src/lib.rs", 1),
        ("examples/axum-app/src/lib.rs", 1),
    ] {
        let blocks = dependencies(page);
        assert!(blocks.len() >= at_least, "{} blocks in {page}", blocks.len());
        for (number, block) in blocks.iter().enumerate() {
            let name = format!("{page}-{number}").replace(['/', '.'], "-");
            let tree = package(&name, block, "").cargo(&["tree", "--depth", "1"]);
            assert!(tree.status.success(), "{page}:\n{block}\n{}", text(&tree.stderr));
            assert!(text(&tree.stdout).contains("diesel-doctor"), "{page}:\n{}", text(&tree.stdout));
        }
    }
}

#[test]
fn every_page_with_lines_to_copy_is_tried() {
    let tried = ["README.md", "docs/getting-started.md", "docs/web.md"];
    let found: Vec<_> = pages().into_iter().filter(|page| !dependencies(page).is_empty()).collect();
    assert_eq!(found, tried);
}

#[test]
fn lines_that_are_wrong_do_not_resolve() {
    let right = &dependencies("docs/getting-started.md")[0];
    let feature = right.replace("macros", "macro");
    let folder = right.replace("crates/diesel-doctor", "crates/diesel-doctors");
    for (name, wrong, reason) in [("feature", feature, "`macro`"), ("folder", folder, "diesel-doctors")] {
        assert_ne!(&wrong, right);
        let tree = package(name, &wrong, "").cargo(&["tree", "--depth", "1"]);
        assert!(!tree.status.success(), "{wrong}");
        assert!(text(&tree.stderr).contains(reason), "{}", text(&tree.stderr));
    }
}

#[test]
fn the_first_lines_of_the_first_page_compile() {
    let page = "docs/getting-started.md";
    let package = package("first-lines", &dependencies(page)[0], &blocks(page, "rust")[0]);
    // Where the tests themselves were built: what both need is there already.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let build = package.cargo(&["build", "--target-dir", target.to_str().unwrap()]);
    assert!(build.status.success(), "{}", text(&build.stderr));
}

/// A package of the reader's.
struct Package {
    folder: PathBuf,
}

/// Writes a package that has these lines in its manifest, with this repository in the place of the reader's copy.
fn package(name: &str, lines: &str, main: &str) -> Package {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs-lines").join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let crates = root().join("crates").display().to_string().replace('\\', "/");
    let lines = lines.replace(COPY, &format!("\"{crates}/"));
    // The empty `[workspace]` makes it one of its own, wherever the folder is.
    let manifest = format!("[workspace]\n\n[package]\nname = \"{name}\"\nedition = \"2024\"\n\n{lines}");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), if main.is_empty() { "fn main() {}\n" } else { main }).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    Package { folder }
}

impl Package {
    /// Runs cargo in it. The lock file is ours, so nothing is fetched but what the tests themselves did not need.
    fn cargo(&self, arguments: &[&str]) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo).args(arguments).current_dir(&self.folder).output().unwrap()
    }
}

/// The blocks of a page that say which dependencies to add. Each of our crates in them is in the reader's copy.
fn dependencies(page: &str) -> Vec<String> {
    let mut blocks = blocks(page, "toml");
    blocks.retain(|block| block.contains("[dependencies]"));
    for line in blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("diesel-doctor")) {
        let (name, _) = line.split_once(" = ").unwrap_or_else(|| panic!("{page}: {line}"));
        assert!(line.contains(&format!("path = {COPY}{name}\"")), "{page}: {line}");
    }
    blocks
}

/// The code blocks of a page in this language. In a Rust file they are those of the first lines' comment.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
    let lines: Vec<_> = text.lines().map(|line| line.strip_prefix("//!").map_or(line, str::trim_start)).collect();
    let begin = format!("```{language}\n");
    lines.join("\n").split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The pages of the repository: its README, those of its crates, and what is in `docs/`.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    let crates = names("crates").into_iter().map(|name| format!("crates/{name}/README.md"));
    // The facade's is the repository's own.
    pages.extend(crates.filter(|page| root().join(page).is_file() && page != "crates/diesel-doctor/README.md"));
    pages.extend(names("docs").iter().filter_map(|name| Some(format!("docs/{}.md", name.strip_suffix(".md")?))));
    pages
}

/// What is in a folder of the repository, in order.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
