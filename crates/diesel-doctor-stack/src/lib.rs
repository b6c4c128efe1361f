//! Capturing call stacks cheaply, and turning their addresses into source lines later.
//!
//! The two halves never meet: [`capture`] walks the stack and writes raw return addresses into the caller's buffer,
//! without allocating and without a lock that symbolization could hold; [`resolve`] does everything slow, under a
//! lock of its own and with a cache for the process.
//!
//! ```
//! use diesel_doctor_stack::{Boundary, capture, resolve};
//!
//! let boundary = Boundary::here();
//! let mut buffer = [0; 64];
//! let captured = capture(&mut buffer, boundary);
//!
//! for address in &buffer[..captured.len] {
//!     for frame in resolve(*address).iter() {
//!         println!("{:?} {:?}:{:?}", frame.function(), frame.file(), frame.line());
//!     }
//! }
//! ```
#![allow(
    unsafe_code,
    reason = "the unwinder and the loader speak C; this crate is the wall around them, and each block states its proof"
)]

mod boundary;
mod capture;
mod debug_info;
mod frame;
mod resolve;
mod symbolizer;

pub use boundary::Boundary;
pub use capture::{Captured, capture};
pub use debug_info::{DebugInfo, debug_info};
pub use frame::Frame;
pub use resolve::{resolve, resolve_all};
