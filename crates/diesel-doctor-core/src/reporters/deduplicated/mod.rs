//! The reporter that shows a finding once and counts it from then on: for programs that run for long.

mod deduplicated;
mod news;
mod seen;
#[cfg(test)]
mod tests;

pub use deduplicated::Deduplicated;
