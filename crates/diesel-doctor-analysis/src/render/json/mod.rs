//! The report for programs: JSON with a version. `docs/report.md` and the schema `docs/report.schema.json` describe it.

mod document;
mod escape;
mod output;
#[cfg(test)]
mod schema_tests;

pub use output::{array, to_string, to_value};
