//! Scopes in async code, without a runtime: futures that enter their scope whenever they are polled, and when they are dropped.

mod closing;
mod delivered;
mod diagnosed;
mod extension;
mod scoped;

pub use closing::Closing;
pub use delivered::Delivered;
pub use diagnosed::Diagnosed;
pub use extension::DiagnoseExt;
pub use scoped::Scoped;

#[cfg(test)]
mod tests;
