//! 64-bit Linux: the unwinder that the standard library links, and `blazesym`.

mod elf;
mod executable;
mod module;
mod stack;
mod symbolizer;
mod unwind;

pub(crate) use executable::debug_info;
pub(crate) use stack::remaining_stack;
pub(crate) use symbolizer::Symbolizer;
pub(crate) use unwind::walk;
