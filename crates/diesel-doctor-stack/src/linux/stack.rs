//! Measures how much stack a thread has left.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;

/// The bytes of the thread's stack below the caller; zero if the thread runs on another stack, as in a coroutine.
pub(crate) fn remaining_stack() -> usize {
    let marker = 0_u8;
    let here = (&raw const *black_box(&marker)).addr();
    match extent() {
        Some((lowest, size)) if here < lowest.saturating_add(size) => here.saturating_sub(lowest),
        _ => 0,
    }
}

/// The lowest address of the thread's stack, and its size in bytes.
fn extent() -> Option<(usize, usize)> {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: asks for the calling thread, which exists; writes the attributes if it returns zero.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes were initialized above; writes to two locals.
    let outcome = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) };
    // SAFETY: initialized above, destroyed once, and not used again.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    (outcome == 0).then(|| (lowest.addr(), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_less_than_the_thread_was_given_and_shrinks_with_each_call() {
        #[inline(never)]
        fn deeper() -> usize {
            let room = black_box([0_u8; 8192]);
            let remaining = remaining_stack();
            black_box(&room);
            remaining
        }
        let measure = || (remaining_stack(), deeper());
        let thread = std::thread::Builder::new().stack_size(256 * 1024);
        let (outer, inner) = thread.spawn(measure).unwrap().join().unwrap();
        assert!(inner > 128 * 1024 && inner + 8192 <= outer && outer < 264 * 1024);
    }
}
