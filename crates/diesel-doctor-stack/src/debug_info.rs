//! How much debug information an executable can have.

/// How much debug information the running executable has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DebugInfo {
    /// Files and lines, at least for some crates.
    LinesAvailable,
    /// Files and lines, but they cannot be read because the linker compressed them.
    Compressed,
    /// Names of functions only, as with `debug = 0` or `strip = "debuginfo"`.
    NamesOnly,
    /// Nothing, as with `strip = true`; or the executable's file cannot be read or has been replaced.
    None,
}
