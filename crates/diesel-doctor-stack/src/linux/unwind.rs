//! Walks the stack with the unwinder that also handles the panics of this process.

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

// These functions are in the library that every Rust program on this target links for its panics (libgcc_s or LLVM's libunwind).
// They are declared as in the Itanium C++ ABI's exception handling.
unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, argument: *mut c_void) -> c_int;
    safe fn _Unwind_GetIP(context: &mut Context) -> usize;
    safe fn _Unwind_GetCFA(context: &mut Context) -> usize;
}

/// Calls `step` with the return address and the stack pointer of each frame, innermost first, until it returns `false`.
///
/// The step must not panic, because a panic must not unwind through the unwinder.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a frame between the unwinder and its caller costs one more step of each walk"
)]
pub(crate) fn walk<F: FnMut(usize, usize) -> bool>(mut step: F) {
    // SAFETY: `visit::<F>` needs a pointer to an `F`. It gets one, and the `F` lives until the unwinder returns. The unwinder reads
    // only unwind tables, which are constant, and the stack of this thread. It may run at any time.
    unsafe { _Unwind_Backtrace(visit::<F>, (&raw mut step).cast()) };
}

/// # Safety
///
/// `context` is what the unwinder passes to its callback. `argument` points to an `F` that no other code uses.
unsafe extern "C" fn visit<F: FnMut(usize, usize) -> bool>(context: *mut Context, argument: *mut c_void) -> c_int {
    // SAFETY: the unwinder passes a live context of its own, and does not touch it before this function returns.
    let context = unsafe { &mut *context };
    // SAFETY: no other code uses the `F`, by the contract of this function.
    let step = unsafe { &mut *argument.cast::<F>() };

    let address = _Unwind_GetIP(context);
    // The thread's first function has no return address.
    if address != 0 && step(address, _Unwind_GetCFA(context)) { GO_ON } else { STOP }
}
