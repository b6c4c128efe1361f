//! Walks and symbolizes with the `backtrace` crate, on all other platforms.
//!
//! Symbolization holds a lock that all users of `backtrace` in the process share, so they do not race with this crate. The walk
//! avoids that lock wherever the unwinder allows it.

#![cfg_attr(test, allow(dead_code, reason = "where it is not the platform, the tests use its symbolizer only"))]

use std::fmt::Write as _;

use crate::{DebugInfo, Frame};

/// Calls `step` with the return address and the stack pointer of each frame, innermost first, until it returns `false`.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a frame between the unwinder and its caller costs one more step of each walk"
)]
pub(crate) fn walk(mut step: impl FnMut(usize, usize) -> bool) {
    let step = |frame: &backtrace::Frame| step(frame.ip().addr(), frame.sp().addr());
    // On 32-bit Windows the unwinder is the symbol handler, which must not be used by several threads at once.
    #[cfg(all(windows, target_pointer_width = "32"))]
    backtrace::trace(step);
    // SAFETY: on other platforms the walk reads only the unwind tables and the stack of its own thread, and no shared state.
    #[cfg(not(all(windows, target_pointer_width = "32")))]
    unsafe {
        backtrace::trace_unsynchronized(step);
    }
}

/// The bytes of the thread's stack below the caller. Always zero, because it is not known.
pub(crate) fn remaining_stack() -> usize {
    0
}

/// Reads the debug information of the process.
#[derive(Debug)]
pub(crate) struct Symbolizer(());

impl Symbolizer {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Does nothing, because the `backtrace` crate finds the loaded modules itself.
    #[expect(clippy::unused_self, reason = "the other symbolizer has a state")]
    pub(crate) fn refresh(&mut self) {}

    /// The frames of a return address, innermost inlined function first.
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "the state is the crate's own; the other symbolizer has some"
    )]
    pub(crate) fn symbolize(&mut self, address: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        // The crate subtracts one itself, to look up the call and not the instruction after it.
        backtrace::resolve(std::ptr::without_provenance_mut(address), |symbol| {
            frames.push(Frame {
                function: symbol.name().map(|name| {
                    let mut text = String::new();
                    // This fails only for malformed names. Then the part that was written is used.
                    let _ = write!(text, "{name:#}");
                    text.into()
                }),
                file: symbol.filename().map(|path| path.to_string_lossy().into_owned().into()),
                line: symbol.lineno().filter(|line| *line != 0),
                column: symbol.colno().filter(|column| *column != 0),
            });
        });
        frames
    }
}

/// Which debug information the executable has, judged by a function of this crate.
pub(crate) fn debug_info() -> DebugInfo {
    let here = Symbolizer::new as fn() -> Symbolizer as usize;
    let frames = Symbolizer::new().symbolize(here.saturating_add(1));
    if frames.iter().any(|frame| frame.line().is_some()) {
        DebugInfo::LinesAvailable
    } else if frames.is_empty() {
        DebugInfo::None
    } else {
        DebugInfo::NamesOnly
    }
}
