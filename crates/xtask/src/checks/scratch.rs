//! A workspace of one crate without dependencies, for tests of the checks.

use std::fs;
use std::path::PathBuf;

use crate::workspace::Workspace;

/// Removed in the end.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    features: &'static str,
}

impl Scratch {
    /// A crate with `src/lib.rs` and `src/page.md`. Each test has a name of its own; `features` is JSON and TOML: `"x": [], "y": []`.
    pub(crate) fn new(name: &str, features: &'static str, include: &str, code: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("diesel-doctor-xtask-{name}-{}", std::process::id()));
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\n\n[package]\nname = \"scratch\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             license = \"MIT\"\ndescription = \"for a test\"\nrepository = \"https://example.com\"\ninclude = [{include}]\n\n\
             [features]\n{}\n",
            features.replace(": ", " = ").replace("], ", "]\n"),
        );
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), code).unwrap();
        fs::write(folder.join("src/page.md"), "A page.\n").unwrap();
        Self { folder, features }
    }

    /// With a target directory of its own.
    pub(crate) fn workspace(&self) -> Workspace {
        let json = format!(
            r#"{{"workspace_root": {0:?}, "target_directory": {1:?}, "packages": [
                {{"name": "scratch", "manifest_path": {2:?}, "features": {{{3}}}}}
            ]}}"#,
            self.folder,
            self.folder.join("target"),
            self.folder.join("Cargo.toml"),
            self.features,
        );
        Workspace::parse(json.as_bytes()).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
