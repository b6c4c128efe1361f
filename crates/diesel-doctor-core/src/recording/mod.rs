//! Records queries while the program runs: their scope, text, binds and call stack, in tables of bounded size.

mod in_flight;
mod keys;
mod kind;
mod recorder;
mod recording;
mod started;
mod text;
mod totals;

pub use recorder::Recorder;
pub(crate) use recording::Recording;
pub(crate) use started::{Slot, Started};
pub(crate) use totals::Totals;
