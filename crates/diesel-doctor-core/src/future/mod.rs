//! Scopes in async code, for any runtime: the futures enter their scope on every poll, and while they are dropped.

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
