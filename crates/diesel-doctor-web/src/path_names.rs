//! The names that are made of paths: so many and no more, whatever clients ask for.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// More paths are told apart by no application that has no router.
const CAPACITY: usize = 256;

/// The paths that have names of their own: those that came first.
#[derive(Debug, Default)]
pub(crate) struct PathNames(Mutex<HashSet<String>>);

impl PathNames {
    /// The path's name, or that of all for which there is no room.
    pub(crate) fn admit(&self, path: String) -> String {
        // No code but ours runs under the lock, so a poisoned one guards sound contents.
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
