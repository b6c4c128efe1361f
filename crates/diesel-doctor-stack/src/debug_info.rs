//! What the running executable can say about its own source.

/// What the running executable can say about its own source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DebugInfo {
    /// Files and lines: there is debug information.
    LinesAvailable,
    /// Names of functions only: built with `debug = 0`.
    NamesOnly,
    /// Nothing: built with `strip = true`.
    None,
}

/// What the running executable offers, so that a report can say how to get lines.
///
/// May be slow the first time, as [`resolve`](crate::resolve()) is.
pub fn debug_info() -> DebugInfo {
    let frames = crate::resolve((debug_info as fn() -> DebugInfo as usize).saturating_add(1));
    if frames.iter().any(|frame| frame.line().is_some()) {
        DebugInfo::LinesAvailable
    } else if frames.is_empty() {
        DebugInfo::None
    } else {
        DebugInfo::NamesOnly
    }
}
