//! Turns addresses into frames, with a cache for the process.

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

/// How many addresses are cached, at a few hundred bytes each. When the cache is full it is emptied. A program has far fewer call
/// sites.
const CAPACITY: usize = 16_384;

/// The stack that symbolization needs, in bytes. A dev build used 64 KiB.
const STACK: usize = 256 * 1024;

/// Resolves a return address to its frames, innermost inlined function first.
///
/// There are no frames for an address outside of code, in code without symbols, or in a file that was replaced since it was loaded.
/// It never panics. Results are cached for the process: when a library is unloaded and another one takes its addresses, the frames
/// may be those of the old library.
///
/// The first call sets up the symbolizer, which takes from ten milliseconds to a second. It takes a lock, so do not call it while a
/// query runs. When the thread has less than 256 KiB of stack left, another thread is started for the call. The files of the
/// executable and of the libraries that were looked up stay open.
pub fn resolve(address: usize) -> Arc<[Frame]> {
    let state = State::current();
    let known = lock(&state.cache).get(&address).map(Arc::clone);
    known.unwrap_or_else(|| state.resolve_all(&[address]).pop().unwrap_or_default())
}

/// Resolves many return addresses, each as [`resolve`] does. The results have the order of the addresses.
pub fn resolve_all(addresses: &[usize]) -> Vec<Arc<[Frame]>> {
    State::current().resolve_all(addresses)
}

/// The symbolizer and the results that it has given.
struct State {
    /// The process that it belongs to. A forked child needs its own state, because a lock that another thread held at the fork
    /// stays locked for ever.
    process: u32,
    cache: Mutex<HashMap<usize, Arc<[Frame]>>>,
    symbolizer: Mutex<Option<Symbolizer>>,
    /// The thread that holds the symbolizer; 0 for none.
    symbolizing: AtomicU64,
}

impl State {
    fn current() -> &'static Self {
        static CURRENT: AtomicPtr<State> = AtomicPtr::new(ptr::null_mut());

        let process = process::id();
        let known = CURRENT.load(Ordering::Acquire);
        // SAFETY: it is null, or a box that was leaked below and is never freed.
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
            // SAFETY: it was leaked, and it is never freed after it was published.
            Ok(_) => unsafe { &*state },
            Err(other) => {
                // SAFETY: this box was not published, so only this code owns it.
                drop(unsafe { Box::from_raw(state) });
                // SAFETY: another thread of this process was faster, and its box is never freed. It is not null, because a
                // published state is never replaced by null.
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

    /// Symbolizes on this thread if its stack has enough room, else on a new one. `None` if neither is possible now.
    fn symbolize_with_room(&self, addresses: &[usize]) -> Option<Vec<Arc<[Frame]>>> {
        if self.symbolizing.load(Ordering::Relaxed) == current_thread() {
            // Called from within symbolization, by a panic hook that also wants a stack.
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
                // Its state after a panic is not known, so start again with a new one.
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

/// Locks the mutex even when it is poisoned: one panic must not cause a second one.
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

        // Runs in its own process. Other tests could be inside the loader, and a child would inherit the loader's lock, too.
        if std::env::var_os(ALONE).is_none() {
            let mut alone = process::Command::new(std::env::current_exe().unwrap());
            let output = alone.args(["--exact", NAME]).env(ALONE, "").output().unwrap();
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
            return;
        }
        let state = State::current();
        let (symbolizer, cache) = (lock(&state.symbolizer), lock(&state.cache));
        let address = resolve as fn(usize) -> Arc<[Frame]> as usize + 1;
        // SAFETY: the child runs only this crate and the C library's allocator, which survives a fork.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let status = i32::from(resolve(address).is_empty());
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(status) };
        }
        let mut status = -1;
        // SAFETY: waits for the child that was just created, and writes its status to a local variable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        drop((symbolizer, cache));
    }
}
