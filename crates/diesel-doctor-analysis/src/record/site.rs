//! Where in the user's code a query was made.

use std::sync::Arc;

/// A frame of the user's own code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SourceFrame {
    /// The file, as compiled in. It is shown relative to the working directory where it lies below it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1; 0 where the debug information has none.
    pub column: u32,
    /// The function, demangled and without a hash; empty where its name is not known.
    pub function: Arc<str>,
    /// The text of the line, where the file could be read.
    pub source: Option<Arc<str>>,
}

impl SourceFrame {
    /// A frame without its source text.
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32, function: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), line, column, function: function.into(), source: None }
    }
}

/// A call stack after its symbols were resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResolvedStack {
    /// The user's frames, innermost first; empty when they cannot be told.
    pub user_frames: Arc<[SourceFrame]>,
    /// Whether Diesel itself split one call of the user's code into several statements, below the innermost user frame (a SQLite
    /// insert of a `Vec` with optional columns).
    pub split_by_diesel: bool,
}

/// The place that a finding names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSite {
    /// The user's frames, innermost first: the line that made the query, then its callers.
    pub frames: Arc<[SourceFrame]>,
    /// Index of the frame that probably holds the loop.
    pub likely_loop: Option<usize>,
}

impl CallSite {
    /// A site from its frames, innermost first.
    pub fn new(frames: impl Into<Arc<[SourceFrame]>>) -> Self {
        Self { frames: frames.into(), likely_loop: None }
    }

    /// The line that made the query.
    pub fn innermost(&self) -> Option<&SourceFrame> {
        self.frames.first()
    }
}
