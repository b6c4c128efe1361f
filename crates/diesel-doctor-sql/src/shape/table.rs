//! Tables as a statement names them.

use std::fmt;

/// A table that a statement names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Table {
    /// The catalog, where it is written.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub catalog: Option<String>,
    /// The schema (MySQL: the database), where it is written.
    pub schema: Option<String>,
    /// The name, without quotes; lower-cased where it was written without.
    pub name: String,
    /// The alias.
    pub alias: Option<String>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for qualifier in [&self.catalog, &self.schema].into_iter().flatten() {
            write!(f, "{qualifier}.")?;
        }
        f.write_str(&self.name)
    }
}
