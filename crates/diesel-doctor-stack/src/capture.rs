//! Walks the stack and writes raw return addresses.

use std::hint::black_box;

use crate::{Boundary, platform};

/// The result of [`capture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Captured {
    /// How many addresses were written.
    pub len: usize,
    /// Whether the walk ended early because the buffer was full.
    pub truncated: bool,
}

/// Writes the return addresses of the calling stack into `buffer`, innermost first.
///
/// No frame is skipped: the first addresses are in this crate. The last one is in the function that noted the boundary, or in the
/// function that it was inlined into.
///
/// It never allocates, never panics, and takes no lock of this crate. It needs a few KiB of stack; even the smallest thread, with
/// 16 KiB, has enough. It uses the unwinder that also handles panics. With a C library older than glibc 2.35, that unwinder looks
/// up the libraries under the loader's lock, as a panic does.
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
