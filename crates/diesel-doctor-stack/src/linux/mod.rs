//! 64-bit Linux: the unwinder that the standard library links, and `blazesym`.

mod elf;
mod module;
mod stack;
mod symbolizer;
mod unwind;

pub(crate) use elf::debug_info;
pub(crate) use stack::remaining_stack;
pub(crate) use symbolizer::Symbolizer;
pub(crate) use unwind::walk;
