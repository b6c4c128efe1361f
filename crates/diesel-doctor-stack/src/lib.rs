//! Capturing call stacks cheaply, and turning their addresses into source lines later.
//!
//! The two halves never meet: [`capture`] walks the stack and writes raw return addresses into the caller's buffer,
//! without allocating and without a lock that symbolization could hold; [`resolve`] does everything slow, under
//! locks of its own and with a cache for the process.
//!
//! On 64-bit Linux (`x86_64`, `aarch64`) the platform's unwinder is called directly and `blazesym` reads the debug
//! information, in dev builds several times faster than the `backtrace` crate does, which serves everywhere else.
//!
//! ```
//! use diesel_doctor_stack::{Boundary, capture, resolve};
//!
//! let boundary = Boundary::here();
//! let mut buffer = [0; 64];
//! let captured = capture(&mut buffer, boundary);
//!
//! assert!(!captured.truncated);
//!
//! // The outermost is this very example.
//! let frames = resolve(buffer[captured.len - 1]);
//! assert!(frames[0].function().is_some());
//! ```
#![allow(
    unsafe_code,
    reason = "the unwinder and the loader speak C; this crate is the wall around them, and each block states its proof"
)]

mod at_exit;
mod boundary;
mod capture;
mod debug_info;
mod frame;
mod resolve;

#[cfg(all(target_os = "linux", target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod linux;
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
use linux as platform;

// On Linux, the tests compare with it.
#[cfg(any(
    test,
    not(all(target_os = "linux", target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64")))
))]
mod portable;
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
use portable as platform;

pub use at_exit::at_exit;
pub use boundary::Boundary;
pub use capture::{Captured, capture};
pub use debug_info::{DebugInfo, debug_info};
pub use frame::Frame;
pub use resolve::{resolve, resolve_all};
