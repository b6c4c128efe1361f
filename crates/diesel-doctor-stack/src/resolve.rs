//! From addresses to frames, cached for the process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::{Frame, symbolizer};

/// Addresses remembered; a program has far fewer call sites of queries.
const CAPACITY: usize = 16_384;

static CACHE: LazyLock<Mutex<HashMap<usize, Arc<[Frame]>>>> = LazyLock::new(Mutex::default);

/// Resolves a return address to its frames, innermost inlined function first.
///
/// An address outside any code, or in code without symbols, has no frames. Never panics. Cached for the process; the
/// first call sets the symbolizer up and may take from milliseconds to a second. Takes a lock: not for the path of a
/// query.
pub fn resolve(address: usize) -> Arc<[Frame]> {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(frames) = cache.get(&address) {
        return Arc::clone(frames);
    }
    let frames: Arc<[Frame]> = symbolizer::symbolize(address).into();
    if cache.len() >= CAPACITY {
        cache.clear();
    }
    cache.insert(address, Arc::clone(&frames));
    frames
}

/// Resolves many return addresses, as [`resolve`] does each.
pub fn resolve_all(addresses: &[usize]) -> Vec<Arc<[Frame]>> {
    addresses.iter().map(|address| resolve(*address)).collect()
}
