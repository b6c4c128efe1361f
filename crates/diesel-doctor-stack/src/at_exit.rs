//! The end of the process, which C's library announces.

use std::ffi::c_int;

unsafe extern "C" {
    fn atexit(function: extern "C" fn()) -> c_int;
}

/// Has a function called when the process ends by returning from `main` or by `exit`; not when it is aborted, or ended by a signal. Returns
/// whether there was room for it.
///
/// The other threads still run meanwhile. The function must not unwind, and must not wait for ever.
pub fn at_exit(function: extern "C" fn()) -> bool {
    // SAFETY: `atexit` may be called by any thread at any time, and the function lives as long as the program: on the platforms that Rust's
    // standard library knows, a library that is unloaded has its functions called then.
    unsafe { atexit(function) == 0 }
}
