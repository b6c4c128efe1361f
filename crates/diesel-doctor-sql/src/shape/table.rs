//! Tables as a statement names them.

use std::fmt;

/// A table that a statement names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Table {
    /// The schema (MySQL: the database), where it is written; a catalog before it is left out.
    pub schema: Option<String>,
    /// The name, without quotes; lower-cased where it was written without.
    pub name: String,
    /// The alias.
    pub alias: Option<String>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}
