//! The walk: raw return addresses, and nothing else.

use std::hint::black_box;

use crate::{Boundary, platform};

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
/// Nothing is skipped: the first addresses are in this crate. The last one is in the function that noted the boundary,
/// or in the one that it was inlined into.
///
/// Never allocates, never panics, and takes no lock of this crate. Needs a few KiB of stack; a thread with the 16 KiB
/// that are the least has enough. The unwinder is the one of panics: where the C library is older than glibc 2.35, it
/// looks the libraries up under the loader's lock, as a panic does.
#[inline(never)]
pub fn capture(buffer: &mut [usize], boundary: Boundary) -> Captured {
    let marker = 0_u8;
    let limit = boundary.limit((&raw const *black_box(&marker)).addr());

    let size = buffer.len();
    let mut free = buffer.iter_mut();
    let mut truncated = false;
    platform::walk(|address, stack_pointer| {
        if stack_pointer > limit {
            return false;
        }
        match free.next() {
            Some(slot) => *slot = address,
            None => truncated = true,
        }
        !truncated
    });
    Captured { len: size.saturating_sub(free.len()), truncated }
}
