//! The walk: what it sees, where it stops, and that it works wherever a query can happen.

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::thread;

use diesel_doctor_stack::{Boundary, capture, resolve_all};

/// The functions on the stack of the call, up to the boundary, without this one and what it calls.
#[inline(never)]
fn functions(boundary: Boundary) -> Vec<String> {
    let mut buffer = [0; 256];
    let captured = capture(&mut buffer, boundary);
    assert!(!captured.truncated);
    let frames = resolve_all(&buffer[..captured.len]);
    let names = frames.iter().flat_map(|frames| frames.iter());
    names
        .filter_map(|frame| frame.function().map(str::to_owned))
        .skip_while(|name| name != "capture::functions")
        .skip(1)
        .collect()
}

#[inline(never)]
fn inner(boundary: Boundary) -> Vec<String> {
    black_box(functions(black_box(boundary)))
}

#[inline(never)]
fn bounded() -> Vec<String> {
    let boundary = Boundary::here();
    black_box(inner(boundary))
}

#[test]
fn a_walk_ends_with_the_function_that_noted_the_boundary() {
    assert_eq!(bounded(), ["capture::inner", "capture::bounded"]);
}

#[test]
fn without_a_boundary_a_walk_goes_to_the_threads_first_function() {
    let names = thread::Builder::new().spawn(|| inner(Boundary::NONE)).unwrap().join().unwrap();
    assert_eq!(names[0], "capture::inner");
    assert!(names.iter().any(|name| name.contains("thread_start")), "{names:#?}");
}

#[test]
fn a_boundary_of_another_thread_stops_nothing() {
    let unbounded = thread::spawn(|| inner(Boundary::NONE)).join().unwrap().len();
    let boundary = Boundary::here();
    let bounded = thread::spawn(move || inner(boundary)).join().unwrap().len();
    assert_eq!(bounded, unbounded);

    let foreign = thread::spawn(Boundary::here).join().unwrap();
    assert_eq!(inner(foreign).len(), inner(Boundary::NONE).len());
}

#[test]
fn a_boundary_whose_function_has_returned_is_not_mistaken_for_one_further_out() {
    #[inline(never)]
    fn returned(depth: usize) -> Boundary {
        if depth == 0 {
            return Boundary::here();
        }
        let room = black_box([0_u8; 4096]);
        let boundary = returned(depth - 1);
        black_box(&room);
        boundary
    }
    let boundary = returned(8);
    assert_eq!(inner(boundary).len(), inner(Boundary::NONE).len());
}

#[test]
fn a_deep_stack_is_cut_at_the_buffers_end() {
    #[inline(never)]
    fn recurse(depth: usize, buffer: &mut [usize]) -> (usize, bool) {
        if depth == 0 {
            let captured = capture(buffer, Boundary::NONE);
            return (captured.len, captured.truncated);
        }
        black_box(recurse(black_box(depth - 1), buffer))
    }
    let mut buffer = [0; 33];
    assert_eq!(recurse(1000, &mut buffer[..32]), (32, true));
    assert_ne!(buffer[31], 0);
    assert_eq!(buffer[32], 0);
    assert_eq!(recurse(3, &mut []), (0, true));

    // As many as there are is not one too few.
    let mut buffer = [0; 256];
    let len = capture(&mut buffer, Boundary::NONE).len;
    let captured = capture(&mut buffer[..len], Boundary::NONE);
    assert_eq!((captured.len, captured.truncated), (len, false));
}

#[test]
fn a_stack_of_16_kib_suffices() {
    let captured =
        thread::Builder::new().stack_size(16 * 1024).spawn(|| capture(&mut [0; 64], Boundary::NONE).len).unwrap();
    assert!(captured.join().unwrap() > 2);
}

#[test]
fn a_panic_hook_and_a_drop_in_an_unwinding_thread_see_the_stack() {
    struct Seen<'a>(&'a Mutex<Vec<Vec<String>>>);
    impl Drop for Seen<'_> {
        fn drop(&mut self) {
            assert!(thread::panicking());
            self.0.lock().unwrap().push(inner(Boundary::NONE));
        }
    }
    static HOOK: Mutex<Vec<Vec<String>>> = Mutex::new(Vec::new());

    let dropped = Mutex::new(Vec::new());
    panic::set_hook(Box::new(|_| HOOK.lock().unwrap().push(inner(Boundary::NONE))));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let _seen = Seen(&dropped);
        panic::panic_any(7_u8);
    }));
    drop(panic::take_hook());

    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&7_u8));
    let here = "a_panic_hook_and_a_drop";
    for stacks in [HOOK.lock().unwrap(), dropped.lock().unwrap()] {
        assert_eq!(stacks.len(), 1);
        assert!(stacks[0].iter().any(|name| name.contains(here)));
    }
}

#[test]
fn a_destructor_of_a_thread_local_can_capture_and_resolve() {
    struct AtExit(Cell<Option<std::sync::mpsc::Sender<Vec<String>>>>);
    impl Drop for AtExit {
        fn drop(&mut self) {
            let boundary = Boundary::here();
            self.0.take().unwrap().send(inner(boundary)).unwrap();
        }
    }
    thread_local!(static AT_EXIT: AtExit = const { AtExit(Cell::new(None)) });

    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(|| AT_EXIT.with(|exit| exit.0.set(Some(sender)))).join().unwrap();
    let names = receiver.recv().unwrap();
    assert_eq!(names[0], "capture::inner");
    assert_eq!(names.len(), 2, "{names:#?}");
}
