//! From raw stacks to the user's frames. The only stage between recording and reporting that does IO: it reads symbols and source lines.
//!
//! Frames are told apart by file, never by name: names are bare in release builds, and a user may call a crate anything.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use diesel_doctor_sql::{Fingerprint, Statement};
use diesel_doctor_stack::{DebugInfo, Frame, debug_info, resolve_all};

use crate::doctor::CallSites;
use crate::evidence::{CallSiteEvidence, MissingCallSites};
use crate::query::{QueryKind, StackId};
use crate::recording::Recording;
use crate::site::{ResolvedStack, SourceFrame};

/// A parent query is looked for among so many records before the first of a repeated statement.
const MAX_LOOK_BACK: usize = 64;
/// Source files that are kept for the process, and the size up to which one is.
const MAX_FILES: usize = 256;
const MAX_FILE_BYTES: u64 = 2 << 20;
/// A line longer than this is not shown.
const MAX_LINE_BYTES: usize = 400;

/// The crates of this workspace whose frames are not the user's. In a registry they are left out with everything else there. Not told by
/// where this crate was compiled: with a shared target directory the others may come from another checkout.
const OWN_FOLDERS: [&str; 7] = [
    "/crates/diesel-doctor/src/",
    "/crates/diesel-doctor-core/src/",
    "/crates/diesel-doctor-stack/src/",
    "/crates/diesel-doctor-sql/src/",
    "/crates/diesel-doctor-async/src/",
    "/crates/diesel-doctor-web/src/",
    "/crates/diesel-doctor-macros/src/",
];

/// Resolved stacks with what came of them.
pub(crate) struct Sites {
    pub stacks: Vec<ResolvedStack>,
    pub evidence: CallSiteEvidence,
}

/// Which stacks have to be resolved: those of statements that ran more than once, and those of the queries right before such a
/// statement, which may have fetched the parents.
pub(crate) fn needed(recording: &Recording, statements: &[Statement]) -> Vec<bool> {
    let fingerprint = |id: crate::query::StatementId| statements.get(id.0 as usize).map(Statement::fingerprint);
    let mut runs: HashMap<Fingerprint, u64> = HashMap::new();
    for entry in &recording.tallies {
        if let Some(fingerprint) = fingerprint(entry.statement) {
            *runs.entry(fingerprint).or_default() += entry.tally.started;
        }
    }
    let repeats = |id| fingerprint(id).filter(|fingerprint| runs.get(fingerprint).is_some_and(|&count| count > 1));

    let mut needed = vec![false; recording.stacks.len()];
    let mut need = |stack: Option<StackId>| {
        if let Some(slot) = stack.and_then(|id| needed.get_mut(id.0 as usize)) {
            *slot = true;
        }
    };
    for entry in recording.tallies.iter().filter(|entry| repeats(entry.statement).is_some()) {
        need(entry.stack);
    }
    let mut begun = HashSet::new();
    for (at, query) in recording.queries.iter().enumerate() {
        if let Some(own) = repeats(query.statement).filter(|own| begun.insert(*own)) {
            let before = recording.queries.iter().take(at).rev().take(MAX_LOOK_BACK);
            let parent = before
                .filter(|other| other.kind == QueryKind::User)
                .find(|other| fingerprint(other.statement) != Some(own));
            need(parent.and_then(|parent| parent.stack));
        }
    }
    needed
}

/// Resolves the needed ones of the stacks; the others come out empty.
pub(crate) fn resolve(stacks: &[Box<[usize]>], needed: &[bool], setting: CallSites) -> Sites {
    let wanted = || stacks.iter().zip(needed).filter(|(_, needed)| **needed).map(|(stack, _)| stack);
    let mut addresses: Vec<usize> = wanted().flat_map(|stack| stack.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let frames: HashMap<usize, Arc<[Frame]>> = addresses.iter().copied().zip(resolve_all(&addresses)).collect();

    let mut names = Names::default();
    let mut evidence = CallSiteEvidence { needed: wanted().count() as u64, ..CallSiteEvidence::default() };
    let stacks = stacks
        .iter()
        .zip(needed)
        .map(|(stack, needed)| {
            let frames = stack
                .iter()
                .filter(|_| *needed)
                .filter_map(|address| frames.get(address))
                .flat_map(|frames| frames.iter());
            let resolved = user_frames(frames, &mut names);
            evidence.resolved += u64::from(!resolved.user_frames.is_empty());
            resolved
        })
        .collect();
    evidence.missing = match (setting, evidence.resolved < evidence.needed) {
        (CallSites::Off, _) => Some(MissingCallSites::TurnedOff),
        (_, false) => None,
        (_, true) => Some(match debug_info() {
            DebugInfo::LinesAvailable => MissingCallSites::NoUserFrame,
            DebugInfo::NamesOnly => MissingCallSites::NoDebugInfo,
            DebugInfo::Compressed => MissingCallSites::CompressedDebugInfo,
            _ => MissingCallSites::Stripped,
        }),
    };
    Sites { stacks, evidence }
}

/// The user's frames among those of one stack, innermost first.
fn user_frames<'a>(frames: impl Iterator<Item = &'a Frame>, names: &mut Names) -> ResolvedStack {
    let mut user: Vec<SourceFrame> = Vec::new();
    let mut split_by_diesel = false;
    for frame in frames {
        let (Some(file), Some(line)) = (frame.file(), frame.line()) else { continue };
        if is_users(file) {
            if user.is_empty() && only_hands_on(frame.function().unwrap_or_default(), || source_line(file, line)) {
                continue;
            }
            // Only the line that is underlined needs its text, and the callers that may be shown with it.
            let source = if user.len() < 3 { source_line(file, line) } else { None };
            user.push(SourceFrame {
                file: names.shown(file),
                line,
                column: frame.column().unwrap_or(0),
                function: names.function(frame.function().unwrap_or_default()),
                source,
            });
        } else if user.is_empty() {
            // Diesel's own row-by-row insert for SQLite, which needs DEFAULT for some rows.
            split_by_diesel |= file.ends_with("insert_with_default_for_sqlite.rs");
        }
    }
    ResolvedStack { user_frames: user.into(), split_by_diesel }
}

/// Whether this is what `#[derive(MultiConnection)]` writes: it stands at the line of the derive, in the user's file, and every query of
/// such a connection goes through it. Where the build has bare names only, the line itself tells.
fn only_hands_on(function: &str, source: impl FnOnce() -> Option<Arc<str>>) -> bool {
    function.contains("multi_connection_impl::")
        || source().is_some_and(|line| line.contains("derive(") && line.contains("MultiConnection"))
}

/// Whether a file belongs to the user's code, by its path as compiled in.
fn is_users(file: &str) -> bool {
    let file = file.replace('\\', "/");
    let foreign = file.starts_with("/rustc/")
        || file.contains("/rustlib/src/rust/library/")
        || is_cached(&file, "/registry/src/")
        || is_cached(&file, "/git/checkouts/");
    !foreign && !is_vendored(&file) && !OWN_FOLDERS.iter().any(|folder| file.contains(folder))
}

/// Whether the file lies below this folder of Cargo's home, where Cargo ends the name of each source with a hash in 16 digits
/// (`index.crates.io-1949cf8c6b5b557f`). A user's own crate may be called registry.
fn is_cached(file: &str, folder: &str) -> bool {
    let mut sources =
        file.match_indices(folder).filter_map(|(at, folder)| file.get(at + folder.len()..)?.split('/').next());
    sources.any(|source| {
        let hash = source.rsplit_once('-').map_or("", |(_, hash)| hash);
        hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Whether the file lies in what `cargo vendor` wrote: `vendor/NAME/…` with Cargo's checksum file. A user's own module may be called
/// vendor too, so where the sources are at hand the checksum decides, and elsewhere the shape of the path.
fn is_vendored(file: &str) -> bool {
    let Some((before, after)) = file.rsplit_once("/vendor/") else { return false };
    let Some((name, inside)) = after.split_once('/') else { return false };
    let folder = PathBuf::from(before).join("vendor").join(name);
    if folder.is_dir() { folder.join(".cargo-checksum.json").exists() } else { inside.starts_with("src/") }
}

/// Shared copies of the names that recur in frames.
#[derive(Default)]
struct Names {
    files: HashMap<String, Arc<str>>,
    functions: HashMap<String, Arc<str>>,
}

impl Names {
    /// A file as reports show it: relative to the workspace it is in, as rustc does.
    fn shown(&mut self, file: &str) -> Arc<str> {
        if let Some(shown) = self.files.get(file) {
            return Arc::clone(shown);
        }
        let path = Path::new(file);
        let root = path.ancestors().skip(1).find(|folder| folder.join("Cargo.lock").is_file());
        let shown: Arc<str> =
            root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path).to_string_lossy().into();
        self.files.insert(file.to_owned(), Arc::clone(&shown));
        shown
    }

    fn function(&mut self, function: &str) -> Arc<str> {
        if let Some(known) = self.functions.get(function) {
            return Arc::clone(known);
        }
        let name: Arc<str> = function.into();
        self.functions.insert(function.to_owned(), Arc::clone(&name));
        name
    }
}

/// A line of a source file, without its end; `None` when the file cannot be read, as on a machine that only runs the program.
fn source_line(file: &str, line: u32) -> Option<Arc<str>> {
    type Lines = Option<Arc<[Arc<str>]>>;
    static FILES: Mutex<Option<HashMap<String, Lines>>> = Mutex::new(None);

    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let files = files.get_or_insert_default();
    if !files.contains_key(file) {
        if files.len() >= MAX_FILES {
            files.clear();
        }
        let small =
            std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_FILE_BYTES);
        let text = small.then(|| std::fs::read_to_string(file).ok()).flatten();
        files.insert(file.to_owned(), text.map(|text| text.lines().map(Arc::from).collect()));
    }
    let lines = files.get(file)?.as_ref()?;
    lines.get((line as usize).checked_sub(1)?).filter(|text| text.len() <= MAX_LINE_BYTES).cloned()
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

    #[test]
    fn what_diesels_derives_write_is_not_the_users() {
        let line = |text: &str| only_hands_on("load", || Some(Arc::from(text)));
        let path = "shop::multi_connection_impl::connection::<impl LoadConnection for shop::AnyConnection>::load";
        assert!(only_hands_on(path, || None));
        assert!(line("#[derive(Debug, diesel::MultiConnection)]"));
        assert!(!line("let rows = load_from_multi_connection(conn); // MultiConnection"));
        assert!(!only_hands_on("shop::pages::load", || None));
    }

    #[test]
    fn files_are_shown_relative_to_their_workspace() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sites.rs");
        assert_eq!(&*Names::default().shown(file), "crates/diesel-doctor-core/src/sites.rs");
        assert_eq!(&*Names::default().shown("/no/such/place/main.rs"), "/no/such/place/main.rs");
    }

    #[test]
    fn source_lines_are_read_and_absent_ones_are_not_there() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sites.rs");
        assert!(source_line(file, 1).is_some_and(|line| line.starts_with("//! From raw stacks")));
        assert_eq!(source_line(file, 0), None);
        assert_eq!(source_line(file, 100_000), None);
        assert_eq!(source_line("/no/such/place/main.rs", 1), None);
    }
}
