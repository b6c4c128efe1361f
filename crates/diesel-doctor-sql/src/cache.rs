//! A bounded cache that is shared by threads and never waits.
//!
//! It is cut into small sets, each behind a lock of its own. A set that another thread is looking into right now counts as a miss: the
//! caller then does the work itself, which costs microseconds and blocks nobody.

use std::sync::Mutex;

/// How many entries a set holds.
const WAYS: usize = 4;

/// A cache of values by a 64-bit hash; the caller checks that a value is the one sought.
pub(crate) struct Cache<T> {
    sets: Box<[Mutex<Set<T>>]>,
}

struct Set<T> {
    entries: [Option<(u64, T)>; WAYS],
    /// The entry that the next one replaces.
    oldest: u8,
}

impl<T: Clone> Cache<T> {
    /// A cache of 4 × `sets` values; `sets` is a power of two.
    pub(crate) fn with_sets(sets: usize) -> Self {
        let set = || Mutex::new(Set { entries: [const { None }; WAYS], oldest: 0 });
        Self { sets: (0..sets.next_power_of_two()).map(|_| set()).collect() }
    }

    /// The value with this hash that `is` accepts.
    pub(crate) fn get(&self, hash: u64, is: impl Fn(&T) -> bool) -> Option<T> {
        let set = self.set(hash)?.try_lock().ok()?;
        set.entries.iter().flatten().find(|(known, value)| *known == hash && is(value)).map(|(_, value)| value.clone())
    }

    /// Keeps a value, in place of the oldest of its set.
    pub(crate) fn insert(&self, hash: u64, value: T) {
        let Some(Ok(mut set)) = self.set(hash).map(Mutex::try_lock) else { return };
        let oldest = usize::from(set.oldest) % WAYS;
        set.oldest = set.oldest.wrapping_add(1);
        let replaced = set.entries.get_mut(oldest).and_then(|entry| entry.replace((hash, value)));
        // What is replaced may be large: it is dropped outside the lock.
        drop(set);
        drop(replaced);
    }

    fn set(&self, hash: u64) -> Option<&Mutex<Set<T>>> {
        // The upper half: the lower one may have chosen something else before.
        let at = (hash >> 32) as usize & (self.sets.len() - 1);
        self.sets.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found() {
        let cache = Cache::with_sets(4);
        cache.insert(1, "one");
        assert_eq!(cache.get(1, |_| true), Some("one"));
        assert_eq!(cache.get(1, |_| false), None);
        assert_eq!(cache.get(2, |_| true), None);
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let cache = Cache::with_sets(2);
        for number in 0..1000_u64 {
            cache.insert(number << 32, number);
        }
        let held = (0..1000_u64).filter(|number| cache.get(number << 32, |_| true).is_some()).count();
        assert_eq!(held, 2 * WAYS);
    }

    #[test]
    fn a_set_in_use_is_a_miss_and_no_wait() {
        let cache = Cache::with_sets(1);
        cache.insert(1, 1);
        let _held = cache.sets[0].lock().unwrap();
        assert_eq!(cache.get(1, |_| true), None);
        cache.insert(2, 2);
    }
}
