//! Where a walk may stop: a function that is known to be still running further out.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a walk may stop: the stack position of a function that is still running further out.
///
/// It is plain data and may travel anywhere. It stops a walk only on the thread that noted it, and only while the
/// walk starts further in: elsewhere it counts as [`Boundary::NONE`]. Kept beyond the return of the function that
/// noted it, it may cost a later walk its outer frames, and nothing more.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    /// Lies within the frame of the noting function: no frame further in has a stack pointer above it, every frame
    /// further out has.
    position: usize,
    /// Zero for none.
    thread: u64,
}

impl Boundary {
    /// No boundary: the walk goes on to the thread's first function.
    pub const NONE: Self = Self { position: 0, thread: 0 };

    /// Notes the calling function, whose own frame is the outermost one that a walk will still see.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the marker has to lie in the frame of the caller")]
    pub fn here() -> Self {
        let marker = 0_u8;
        Self { position: (&raw const *black_box(&marker)).addr(), thread: current_thread() }
    }

    /// The stack pointer above which a walk may stop that starts on this thread at `start`.
    pub(crate) fn limit(self, start: usize) -> usize {
        // A stack grows down. A position further in than the start belongs to a function that has returned, or to
        // another stack of this thread (a coroutine's): there is nothing to learn from it.
        if self.thread == current_thread() && self.position >= start { self.position } else { usize::MAX }
    }
}

/// A number that no other thread of this process has or had.
pub(crate) fn current_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // Constant and without a destructor: readable at any time in the life of a thread.
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
