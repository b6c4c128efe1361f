//! Decides which source files belong to the user.
//!
//! Frames are told apart by file, never by function name. Release builds have only bare names, and a user's crate may have any
//! name.

use std::path::PathBuf;

/// The crates of this workspace, whose frames are not the user's. In a registry they are excluded like everything else there. The
/// list is fixed, because the place where this crate was compiled does not help: with a shared target directory the others may come
/// from another checkout.
const OWN_FOLDERS: [&str; 8] = [
    "/crates/diesel-doctor/src/",
    "/crates/diesel-doctor-core/src/",
    "/crates/diesel-doctor-analysis/src/",
    "/crates/diesel-doctor-stack/src/",
    "/crates/diesel-doctor-sql/src/",
    "/crates/diesel-doctor-async/src/",
    "/crates/diesel-doctor-web/src/",
    "/crates/diesel-doctor-macros/src/",
];

/// Whether a file belongs to the user's code. Decides by its path as compiled in.
pub(crate) fn is_users(file: &str) -> bool {
    let file = file.replace('\\', "/");
    let foreign = file.starts_with("/rustc/")
        || file.contains("/rustlib/src/rust/library/")
        || is_cached(&file, "/registry/src/")
        || is_cached(&file, "/git/checkouts/");
    !foreign && !is_vendored(&file) && !OWN_FOLDERS.iter().any(|folder| file.contains(folder))
}

/// Whether the file lies in this folder of Cargo's home. There the name of each source ends with a hash of 16 digits
/// (`index.crates.io-1949cf8c6b5b557f`). The hash is checked because a user's own crate may be called registry.
fn is_cached(file: &str, folder: &str) -> bool {
    let mut sources =
        file.match_indices(folder).filter_map(|(at, folder)| file.get(at + folder.len()..)?.split('/').next());
    sources.any(|source| {
        let hash = source.rsplit_once('-').map_or("", |(_, hash)| hash);
        hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Whether the file was written by `cargo vendor`: `vendor/NAME/…` with Cargo's checksum file. A user's own module may be called
/// vendor, too. So the checksum file decides where the sources exist, else the form of the path.
fn is_vendored(file: &str) -> bool {
    let Some((before, after)) = file.rsplit_once("/vendor/") else { return false };
    let Some((name, inside)) = after.split_once('/') else { return false };
    let folder = PathBuf::from(before).join("vendor").join(name);
    if folder.is_dir() { folder.join(".cargo-checksum.json").exists() } else { inside.starts_with("src/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_our_own_crates_are_not_the_users() {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scope.rs");
        for file in [
            own,
            "/home/ann/.cargo/registry/src/index.crates.io-6f17d22bba15001f/diesel-2.3.14/src/query_dsl/mod.rs",
            "/home/ann/.cargo/git/checkouts/diesel-1a2b3c4d5e6f7081/3c4d5e6/diesel/src/lib.rs",
            "/rustc/59807616e1b8dff9a5c6f1b4b1b0e7b9f0a1b2c3/library/core/src/ops/function.rs",
            "/home/ann/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/rt.rs",
            "/no/such/place/vendor/diesel/src/lib.rs",
            r"C:\Users\ann\.cargo\registry\src\index.crates.io-6f17d22bba15001f\diesel-2.3.14\src\lib.rs",
        ] {
            assert!(!is_users(file), "{file}");
        }
    }

    #[test]
    fn whatever_else_a_project_holds_is_the_users() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/quickstart/src/main.rs");
        for file in [
            example,
            "/home/ann/shop/src/main.rs",
            "/home/ann/shop/src/vendor/mod.rs",
            "/home/ann/diesel-doctor/src/main.rs",
            "/home/ann/shop/crates/registry/src/lib.rs",
            "/home/ann/shop/library/core/src/loans.rs",
            "/home/ann/git/checkouts/shop/src/main.rs",
            "/home/ann/shop/target/debug/build/shop-1/out/generated.rs",
            "src/main.rs",
        ] {
            assert!(is_users(file), "{file}");
        }
    }
}
