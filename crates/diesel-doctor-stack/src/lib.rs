//! Captures call stacks cheaply, and turns their addresses into source lines later.
//!
//! The two halves are independent. [`capture`] walks the stack and writes raw return addresses into the caller's buffer. It does
//! not allocate, and takes no lock that symbolization could hold. [`resolve`] does everything slow. It has its own locks, and a
//! cache for the process.
//!
//! On 64-bit Linux (`x86_64`, `aarch64`) it calls the platform's unwinder directly, and `blazesym` reads the debug information. In
//! dev builds that is several times faster than the `backtrace` crate, which is used on all other platforms.
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
//! // The outermost frame is this example.
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
mod executable;
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

// On Linux, the tests compare their results with it.
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
pub use debug_info::DebugInfo;
pub use executable::debug_info;
pub use frame::Frame;
pub use resolve::{resolve, resolve_all};
