//! The symbolizer of the target.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Frame;

/// The frames of a return address.
pub(crate) fn symbolize(address: usize) -> Vec<Frame> {
    // A return address is the instruction after the call, which can belong to the next line.
    let Some(call) = address.checked_sub(1) else {
        return Vec::new();
    };
    let mut frames = Vec::new();
    let resolve = || {
        backtrace::resolve(std::ptr::without_provenance_mut(call + 1), |symbol| {
            frames.push(Frame {
                function: symbol.name().map(|name| format!("{name:#}").into()),
                file: symbol
                    .filename()
                    .map(|path| path.to_string_lossy().into_owned().into()),
                line: symbol.lineno(),
                column: symbol.colno(),
            });
        });
    };
    if catch_unwind(AssertUnwindSafe(resolve)).is_err() {
        return Vec::new();
    }
    frames
}
