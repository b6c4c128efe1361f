//! Turns a text into its canonical form, token by token, in one pass.
//!
//! What can only be decided later (a list turns out to hold values alone, a row repeats) is decided by looking back at the canonical text
//! already written and cutting it: so there is no tree, no recursion, and the work is linear in the text.

mod binds;
mod frame;
mod list;
mod mode;
mod normalized;
mod previous;
mod repeats;
mod run;
mod state;
mod statement_rules;
mod values;
mod words;
mod writer;

pub(crate) use binds::BindRun;
pub(crate) use normalized::Normalized;
pub(crate) use run::normalize;
pub(crate) use values::UNLIMITED;
