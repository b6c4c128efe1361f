//! The walk: raw return addresses, and nothing else.

use std::hint::black_box;

use crate::Boundary;

/// What [`capture`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Captured {
    /// How many addresses were written.
    pub len: usize,
    /// Whether the walk ended because the buffer was full, short of the boundary and of the stack's end.
    pub truncated: bool,
}

/// Writes the return addresses of the calling stack into `buffer`, innermost first.
///
/// The first addresses are those of this crate's own frames: nothing is skipped. The frame that noted the boundary
/// is the last one. Never allocates, never panics, and takes no lock that symbolization takes.
#[inline(never)]
pub fn capture(buffer: &mut [usize], boundary: Boundary) -> Captured {
    let marker = 0_u8;
    let limit = boundary.limit((&raw const *black_box(&marker)).addr());

    let mut free = buffer.iter_mut();
    let mut len = 0;
    let mut truncated = false;
    let step = |frame: &backtrace::Frame| {
        if frame.sp().addr() > limit {
            return false;
        }
        let Some(slot) = free.next() else {
            truncated = true;
            return false;
        };
        *slot = frame.ip().addr();
        len += 1;
        true
    };
    // SAFETY: what may not run at the same time is the symbol handler of Windows, which this walk leaves alone on
    // the targets with table-based unwinding, and which on the others is guarded below.
    unsafe { backtrace::trace_unsynchronized(step) };
    Captured { len, truncated }
}
