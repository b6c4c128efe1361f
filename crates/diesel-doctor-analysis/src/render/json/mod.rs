//! The report for programs: JSON with a version, described in `docs/report.md` and by the schema beside it,
//! `docs/report.schema.json`.

mod document;
mod escape;
mod output;
#[cfg(test)]
mod schema_tests;

pub use output::{array, to_string, to_value};
