//! Marks where a walk may stop: a function that is still running further out.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

/// Marks where a walk may stop: the stack position of a function that is still running further out.
///
/// It is plain data and may be sent anywhere. It stops a walk only on the thread that noted it, and only when the walk starts
/// further in. Everywhere else it counts as [`Boundary::NONE`]. After the function that noted it has returned, it may cut the outer
/// frames of a later walk, but it does no other harm.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    /// Lies within the frame of the noting function. Every frame further in has a stack pointer below it, or at it; every frame
    /// further out has one above it.
    position: usize,
    /// The number of the noting thread; 0 for none.
    thread: u64,
}

impl Boundary {
    /// No boundary: the walk continues to the thread's first function.
    pub const NONE: Self = Self { position: 0, thread: 0 };

    /// Notes the calling function. Its frame is the outermost one that a walk still sees.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the marker has to lie in the frame of the caller")]
    pub fn here() -> Self {
        let marker = 0_u8;
        Self { position: (&raw const *black_box(&marker)).addr(), thread: current_thread() }
    }

    /// The stack pointer above which a walk may stop, if it starts on this thread at `start`.
    pub(crate) fn limit(self, start: usize) -> usize {
        // A stack grows down. A position further in than the start belongs to a function that has returned, or to another stack of
        // this thread (a coroutine's). Such a position is useless.
        if self.thread == current_thread() && self.position >= start { self.position } else { usize::MAX }
    }
}

/// A number that no other thread of this process has or ever had.
pub(crate) fn current_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // It is a constant and has no destructor, so it can be read at any time in the life of a thread.
    thread_local!(static THREAD: Cell<u64> = const { Cell::new(0) });

    THREAD
        .try_with(|thread| {
            if thread.get() == 0 {
                thread.set(NEXT.fetch_add(1, Ordering::Relaxed));
            }
            thread.get()
        })
        .unwrap_or(u64::MAX)
}
