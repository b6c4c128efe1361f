//! Findings: the problem, its rule, its place, and its prescription.

mod finding;
mod key;
mod prescription;
mod rule;

pub use finding::Finding;
pub use key::FindingKey;
pub use prescription::Prescription;
pub use rule::{Confidence, Level, Rule, Severity};
