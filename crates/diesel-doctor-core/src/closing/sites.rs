//! Turns raw stacks into the user's frames. Only this stage between recording and reporting does IO: it reads symbols and source
//! lines.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use diesel_doctor_analysis::{
    CallSiteEvidence, CallSites, Fingerprint, MissingCallSites, QueryKind, ResolvedStack, SourceFrame, StackId,
    Statement, StatementId,
};
use diesel_doctor_stack::{DebugInfo, Frame, debug_info, resolve_all};

use super::source_lines::source_line;
use super::users_code::is_users;
use crate::recording::Recording;

/// How many records before the first run of a repeated statement are searched for the query that fetched the parents.
const MAX_LOOK_BACK: usize = 64;
/// The resolved stacks, and how many of them could be resolved.
pub(crate) struct Sites {
    pub stacks: Vec<ResolvedStack>,
    pub evidence: CallSiteEvidence,
}

/// Which stacks must be resolved: those of statements that ran more than once, and that of the query right before such a statement,
/// which may have fetched the parents.
pub(crate) fn needed(recording: &Recording, statements: &[Statement]) -> Vec<bool> {
    let fingerprint = |id: StatementId| statements.get(id.get()).map(Statement::fingerprint);
    let mut runs: HashMap<Fingerprint, u64> = HashMap::new();
    for entry in &recording.tallies {
        if let Some(fingerprint) = fingerprint(entry.statement) {
            *runs.entry(fingerprint).or_default() += entry.tally.started;
        }
    }
    let repeats = |id| fingerprint(id).filter(|fingerprint| runs.get(fingerprint).is_some_and(|&count| count > 1));

    let mut needed = vec![false; recording.stacks.len()];
    let mut need = |stack: Option<StackId>| {
        if let Some(slot) = stack.and_then(|id| needed.get_mut(id.get())) {
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

/// Resolves the stacks that are needed. The others stay empty.
pub(crate) fn resolve(stacks: &[Box<[usize]>], needed: &[bool], setting: CallSites) -> Sites {
    let wanted = || stacks.iter().zip(needed).filter(|(_, needed)| **needed).map(|(stack, _)| stack);
    let mut addresses: Vec<usize> = wanted().flat_map(|stack| stack.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let frames: HashMap<usize, Arc<[Frame]>> = addresses.iter().copied().zip(resolve_all(&addresses)).collect();

    let mut names = Names::default();
    let mut evidence = CallSiteEvidence::default();
    evidence.needed = wanted().count() as u64;
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

/// The user's frames of one stack, innermost first.
fn user_frames<'a>(frames: impl Iterator<Item = &'a Frame>, names: &mut Names) -> ResolvedStack {
    let mut user: Vec<SourceFrame> = Vec::new();
    let mut resolved = ResolvedStack::default();
    for frame in frames {
        let (Some(file), Some(line)) = (frame.file(), frame.line()) else { continue };
        if is_users(file) {
            if user.is_empty() && only_hands_on(frame.function().unwrap_or_default(), || source_line(file, line)) {
                continue;
            }
            // Only the underlined line needs its text, and the callers that may be shown with it.
            let source = if user.len() < 3 { source_line(file, line) } else { None };
            let function = frame.function().unwrap_or_default();
            let mut frame =
                SourceFrame::new(names.shown(file), line, frame.column().unwrap_or(0), names.function(function));
            frame.source = source;
            user.push(frame);
        } else if user.is_empty() {
            // In this file Diesel inserts row by row for SQLite, when some rows need DEFAULT.
            resolved.split_by_diesel |= file.ends_with("insert_with_default_for_sqlite.rs");
        }
    }
    resolved.user_frames = user.into();
    resolved
}

/// Whether the frame is code that `#[derive(MultiConnection)]` generated. That code has the line of the derive in the user's file,
/// and every query of such a connection goes through it. Where the build has only bare function names, the text of the line
/// decides.
fn only_hands_on(function: &str, source: impl FnOnce() -> Option<Arc<str>>) -> bool {
    function.contains("multi_connection_impl::")
        || source().is_some_and(|line| line.contains("derive(") && line.contains("MultiConnection"))
}

/// Shared copies of names that occur in many frames.
#[derive(Default)]
struct Names {
    files: HashMap<String, Arc<str>>,
    functions: HashMap<String, Arc<str>>,
}

impl Names {
    /// The path of a file as reports show it: relative to its workspace, as in rustc's messages.
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/closing/sites.rs");
        assert_eq!(&*Names::default().shown(file), "crates/diesel-doctor-core/src/closing/sites.rs");
        assert_eq!(&*Names::default().shown("/no/such/place/main.rs"), "/no/such/place/main.rs");
    }
}
