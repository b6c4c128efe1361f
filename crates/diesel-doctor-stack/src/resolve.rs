//! From addresses to frames, cached for the process.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Frame;
use crate::boundary::current_thread;
use crate::platform::{self, Symbolizer};

/// Addresses remembered, at a few hundred bytes each; beyond, all are forgotten. A program has far fewer call sites.
const CAPACITY: usize = 16_384;

/// The stack that symbolization gets in bytes. A dev build was seen to need 64 KiB.
const STACK: usize = 256 * 1024;

/// Resolves a return address to its frames, innermost inlined function first.
///
/// An address that is in no code, in code without symbols, or in a file that was replaced since it was loaded, has no
/// frames. Never panics. Remembered for the process, so an address whose library was unloaded and replaced by another
/// may be told as the former's.
///
/// The first call sets the symbolizer up, which takes from ten milliseconds to a second. Takes a lock: not for the
/// path of a query. Where the thread has less than 256 KiB of stack left, a thread is made for the time of the call.
/// Keeps the files of the executable and of the libraries that were asked for open.
pub fn resolve(address: usize) -> Arc<[Frame]> {
    let state = State::current();
    let known = lock(&state.cache).get(&address).map(Arc::clone);
    known.unwrap_or_else(|| state.resolve_all(&[address]).pop().unwrap_or_default())
}

/// Resolves many return addresses, as [`resolve`] does each, in their order.
pub fn resolve_all(addresses: &[usize]) -> Vec<Arc<[Frame]>> {
    State::current().resolve_all(addresses)
}

/// The symbolizer and what it has said already.
struct State {
    /// The process it belongs to: in a forked child, another thread's lock stays locked for ever.
    process: u32,
    cache: Mutex<HashMap<usize, Arc<[Frame]>>>,
    symbolizer: Mutex<Option<Symbolizer>>,
    /// The thread that holds the symbolizer, zero for none.
    symbolizing: AtomicU64,
}

impl State {
    fn current() -> &'static Self {
        static CURRENT: AtomicPtr<State> = AtomicPtr::new(ptr::null_mut());

        let process = process::id();
        let known = CURRENT.load(Ordering::Acquire);
        // SAFETY: null, or a box that was leaked below and is never freed.
        if let Some(state) = unsafe { known.as_ref() }
            && state.process == process
        {
            return state;
        }
        let state = Box::into_raw(Box::new(Self {
            process,
            cache: Mutex::default(),
            symbolizer: Mutex::default(),
            symbolizing: AtomicU64::new(0),
        }));
        match CURRENT.compare_exchange(known, state, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: leaked, and published as such.
            Ok(_) => unsafe { &*state },
            Err(other) => {
                // SAFETY: this box was not published, so it is still owned here alone.
                drop(unsafe { Box::from_raw(state) });
                // SAFETY: another thread of this process was faster; its box is never freed. Not null, as nobody
                // takes a published state back.
                unsafe { &*other }
            }
        }
    }

    fn resolve_all(&self, addresses: &[usize]) -> Vec<Arc<[Frame]>> {
        let (mut known, unknown) = {
            let cache = lock(&self.cache);
            let mut known: HashMap<_, _> = HashMap::with_capacity(addresses.len());
            let mut unknown = Vec::new();
            for address in addresses {
                match cache.get(address) {
                    Some(frames) => drop(known.insert(*address, Arc::clone(frames))),
                    None => unknown.push(*address),
                }
            }
            (known, unknown)
        };
        if !unknown.is_empty()
            && let Some(found) = self.symbolize_with_room(&unknown)
        {
            let mut cache = lock(&self.cache);
            for (address, frames) in unknown.into_iter().zip(found) {
                if cache.len() >= CAPACITY {
                    cache.clear();
                }
                cache.insert(address, Arc::clone(&frames));
                known.insert(address, frames);
            }
        }
        let frames = |address| known.get(address).map(Arc::clone).unwrap_or_default();
        addresses.iter().map(frames).collect()
    }

    /// Symbolizes on this thread if its stack has room enough, else on another; `None` if there is no way now.
    fn symbolize_with_room(&self, addresses: &[usize]) -> Option<Vec<Arc<[Frame]>>> {
        if self.symbolizing.load(Ordering::Relaxed) == current_thread() {
            // Called back from within symbolization, by a panic hook that wants a stack as well.
            return None;
        }
        if platform::remaining_stack() >= STACK {
            return Some(self.symbolize(addresses));
        }
        thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(STACK);
            let running = thread.spawn_scoped(scope, || self.symbolize(addresses));
            running.ok()?.join().ok()
        })
    }

    fn symbolize(&self, addresses: &[usize]) -> Vec<Arc<[Frame]>> {
        let mut symbolizer = lock(&self.symbolizer);
        self.symbolizing.store(current_thread(), Ordering::Relaxed);
        if let Some(symbolizer) = symbolizer.as_mut() {
            symbolizer.refresh();
        }
        let frames = addresses.iter().map(|address| {
            let symbolize = || symbolizer.get_or_insert_with(Symbolizer::new).symbolize(*address);
            let frames = catch_unwind(AssertUnwindSafe(symbolize)).unwrap_or_else(|_| {
                // What it was in the middle of is unknown: start over.
                *symbolizer = None;
                Vec::new()
            });
            Arc::from(frames)
        });
        let frames = frames.collect();
        self.symbolizing.store(0, Ordering::Relaxed);
        frames
    }
}

/// A panic while it was held is no reason for a second one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boundary, capture};

    #[test]
    fn a_walk_and_a_known_address_wait_for_no_symbolization() {
        let mut buffer = [0; 64];
        let len = capture(&mut buffer, Boundary::NONE).len;
        assert!(!resolve(buffer[0]).is_empty());

        let symbolizing = lock(&State::current().symbolizer);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut own = [0; 64];
                    assert!(capture(&mut own, Boundary::NONE).len > 2);
                    assert!(!resolve(buffer[0]).is_empty());
                });
            }
        });
        drop(symbolizing);
        assert!(len > 2);
    }

    #[test]
    fn symbolization_that_is_called_from_within_itself_declines() {
        let state = State {
            process: 0,
            cache: Mutex::default(),
            symbolizer: Mutex::default(),
            symbolizing: AtomicU64::new(current_thread()),
        };
        let address = resolve as fn(usize) -> Arc<[Frame]> as usize + 1;
        let held = lock(&state.symbolizer);
        assert!(state.resolve_all(&[address])[0].is_empty());
        drop(held);
        assert_eq!(lock(&state.cache).len(), 0);

        state.symbolizing.store(0, Ordering::Relaxed);
        assert!(!state.resolve_all(&[address])[0].is_empty());
        assert_eq!(lock(&state.cache).len(), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let state =
            State { process: 0, cache: Mutex::default(), symbolizer: Mutex::default(), symbolizing: AtomicU64::new(0) };
        let addresses: Vec<_> = (0..=CAPACITY).collect();
        let frames = state.resolve_all(&addresses);
        assert!(frames.iter().all(|frames| frames.is_empty()));
        assert_eq!(frames.len(), CAPACITY + 1);
        assert_eq!(lock(&state.cache).len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_forked_child_resolves_though_another_thread_held_the_locks() {
        const ALONE: &str = "TEST_IS_ALONE";
        const NAME: &str = "resolve::tests::a_forked_child_resolves_though_another_thread_held_the_locks";

        // A process of its own: other tests could be inside the loader, whose lock a child inherits as well.
        if std::env::var_os(ALONE).is_none() {
            let mut alone = process::Command::new(std::env::current_exe().unwrap());
            let output = alone.args(["--exact", NAME]).env(ALONE, "").output().unwrap();
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
            return;
        }
        let state = State::current();
        let (symbolizer, cache) = (lock(&state.symbolizer), lock(&state.cache));
        let address = resolve as fn(usize) -> Arc<[Frame]> as usize + 1;
        // SAFETY: the child runs nothing but this crate and the C library's allocator, which survives a fork.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let status = i32::from(resolve(address).is_empty());
            // SAFETY: ends the child on the spot.
            unsafe { libc::_exit(status) };
        }
        let mut status = -1;
        // SAFETY: waits for the child that was just made, and writes its status to a local.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        drop((symbolizer, cache));
    }
}
