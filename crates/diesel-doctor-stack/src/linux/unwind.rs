//! The walk, by the unwinder that also carries the panics of this process.

use std::ffi::{c_int, c_void};

/// `_URC_NO_REASON`: go on.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`: any value but [`GO_ON`] ends the walk.
const STOP: c_int = 4;

/// The unwinder's state of one walk.
#[repr(C)]
struct Context {
    opaque: [u8; 0],
}

type Visit = unsafe extern "C" fn(context: *mut Context, argument: *mut c_void) -> c_int;

// In the library that every Rust program on this target links for its panics (libgcc_s or LLVM's libunwind), as the
// Itanium C++ ABI's exception handling declares them.
unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, argument: *mut c_void) -> c_int;
    safe fn _Unwind_GetIP(context: &mut Context) -> usize;
    safe fn _Unwind_GetCFA(context: &mut Context) -> usize;
}

/// Calls `step` with the return address and the stack pointer of each frame, innermost first, until it declines.
///
/// The step must not panic: the unwinder is not to be unwound.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a frame between the unwinder and its caller costs one more step of each walk"
)]
pub(crate) fn walk<F: FnMut(usize, usize) -> bool>(mut step: F) {
    // SAFETY: `visit::<F>` is given a pointer to an `F`, as it demands, that lives until the unwinder returns. The
    // unwinder reads unwind tables, which are constant, and the stack of this thread. It may run at any time.
    unsafe { _Unwind_Backtrace(visit::<F>, (&raw mut step).cast()) };
}

/// # Safety
///
/// `context` is what the unwinder passes to its callback, `argument` points to an `F` that nobody else uses.
unsafe extern "C" fn visit<F: FnMut(usize, usize) -> bool>(context: *mut Context, argument: *mut c_void) -> c_int {
    // SAFETY: the unwinder passes a live context of its own, which it does not touch before this function returns.
    let context = unsafe { &mut *context };
    // SAFETY: an `F` that nobody else uses, by the contract of this function.
    let step = unsafe { &mut *argument.cast::<F>() };

    let address = _Unwind_GetIP(context);
    // The thread's first function returns to nowhere.
    if address != 0 && step(address, _Unwind_GetCFA(context)) { GO_ON } else { STOP }
}
