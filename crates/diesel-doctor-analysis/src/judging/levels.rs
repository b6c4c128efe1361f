//! The levels that the user sets for rules.

use std::collections::BTreeMap;

use crate::finding::Level;

/// The levels that the user sets for rules, by rule name. Other rules have their default level.
pub type Levels = BTreeMap<&'static str, Level>;
