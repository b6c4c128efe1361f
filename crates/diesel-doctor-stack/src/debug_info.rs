//! What the running executable can say about its own source.

use crate::platform;

/// What the running executable can say about its own source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DebugInfo {
    /// Files and lines, at least of some crates.
    LinesAvailable,
    /// Files and lines that cannot be read, because the linker was told to compress them.
    Compressed,
    /// Names of functions only, as with `debug = 0` or `strip = "debuginfo"`.
    NamesOnly,
    /// Nothing, as with `strip = true`; or the executable's file cannot be read or has been replaced.
    None,
}

/// What the running executable offers, so that a report can say how to get lines.
///
/// Reads the executable's file: not for the path of a query.
pub fn debug_info() -> DebugInfo {
    platform::debug_info()
}
