//! What must hold for those who depend on the crates: features, licences, the oldest Rust, what is uploaded, the lowest versions.

mod complaint;
mod dependencies;
mod features;
mod licences;
mod lowest;
mod minimum_rust;
mod packaging;
#[cfg(test)]
mod scratch;
mod stages;

pub(crate) use stages::run;
