//! The stack that we run on.

/// The room that is left on it, in bytes, where that is known.
pub(super) fn room() -> Option<usize> {
    stacker::remaining_stack()
}

/// With less room the parser is stopped: it makes itself a new stack below 128 KiB, in a build without optimization too late.
pub(super) const LEAST: usize = 192 << 10;
