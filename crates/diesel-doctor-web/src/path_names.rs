//! Limits the scope names that are made from paths, whatever paths clients ask for.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// How many paths have names of their own. An application without a router rarely has more.
const CAPACITY: usize = 256;

/// The paths that have names of their own: the first ones that came.
#[derive(Debug, Default)]
pub(crate) struct PathNames(Mutex<HashSet<String>>);

impl PathNames {
    /// The path as a name, or a common name when there is no room for more.
    pub(crate) fn admit(&self, path: String) -> String {
        // Only our code runs under the lock, so the data is intact even when the lock is poisoned.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&path) {
            if known.len() >= CAPACITY {
                return "(other path)".to_owned();
            }
            known.insert(path.clone());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_those_that_came_first_stay() {
        let names = PathNames::default();
        for number in 0..CAPACITY {
            let path = format!("/{number}");
            assert_eq!(names.admit(path.clone()), path);
        }
        assert_eq!(names.admit("/scan".to_owned()), "(other path)");
        assert_eq!(names.admit("/0".to_owned()), "/0");
    }
}
