//! The reporter that shows each finding once and then only counts it; for long-running programs.

mod deduplicated;
mod news;
mod seen;
#[cfg(test)]
mod tests;

pub use deduplicated::Deduplicated;
