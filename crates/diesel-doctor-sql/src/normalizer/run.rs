//! The canonical form of a text.

use std::hash::BuildHasher;

use super::normalized::Normalized;
use super::state::{Normalizer, Repeats};
use crate::Dialect;

/// The canonical form of a text.
pub(crate) fn normalize(text: &str, dialect: Dialect, keys: &impl BuildHasher) -> Normalized {
    let normalized = normalize_with(text, dialect, keys, Repeats::Taken);
    #[cfg(fuzzing)]
    assert_eq!(normalized, normalize_with(text, dialect, keys, Repeats::Written));
    normalized
}

pub(super) fn normalize_with(text: &str, dialect: Dialect, keys: &impl BuildHasher, repeats: Repeats) -> Normalized {
    let mut normalizer = Normalizer::new(text, dialect, keys.build_hasher(), repeats);
    normalizer.run();
    normalizer.finish()
}
