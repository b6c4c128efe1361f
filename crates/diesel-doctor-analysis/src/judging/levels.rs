//! The user's word on rules.

use std::collections::BTreeMap;

use crate::finding::Level;

/// The user's word on rules, by name; the others have their default.
pub type Levels = BTreeMap<&'static str, Level>;
