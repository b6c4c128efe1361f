//! From addresses to lines: exact where there is something to know, silent where there is not.

use std::hint::black_box;
use std::sync::Arc;
use std::thread;

use diesel_doctor_stack::{Boundary, DebugInfo, Frame, capture, debug_info, resolve, resolve_all};

#[inline(never)]
fn frames(boundary: Boundary) -> Vec<Arc<[Frame]>> {
    let mut buffer = [0; 64];
    let captured = capture(&mut buffer, boundary);
    resolve_all(&buffer[..captured.len])
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "to be seen as inlined")]
fn inlined(boundary: Boundary) -> (Vec<Arc<[Frame]>>, u32) {
    (black_box(frames(boundary)), line!())
}

#[test]
fn file_line_and_column_are_those_of_the_call() {
    let (found, line) = (frames(Boundary::here()), line!());
    let here = &found.last().unwrap()[0];
    assert_eq!(here.function(), Some("resolve::file_line_and_column_are_those_of_the_call"));
    assert!(here.file().unwrap().ends_with("tests/resolve.rs"));
    assert_eq!(here.line(), Some(line));
    assert_eq!(here.column(), Some(26));
}

#[test]
fn a_function_that_was_inlined_is_a_frame_of_its_own() {
    let ((found, line), call) = (inlined(Boundary::here()), line!());
    // What the test itself was inlined into may follow.
    let here = found.last().unwrap();
    let told: Vec<_> = here.iter().take(2).map(|frame| (frame.function(), frame.line())).collect();
    let name = "resolve::a_function_that_was_inlined_is_a_frame_of_its_own";
    assert_eq!(told, [(Some("resolve::inlined"), Some(line)), (Some(name), Some(call))]);
}

#[test]
fn what_is_no_code_has_no_frames() {
    let heap = Box::new(0_u8);
    let stack = 0_u8;
    for address in [
        0,
        1,
        2,
        4096,
        (&raw const *heap).addr(),
        (&raw const stack).addr(),
        usize::MAX / 2,
        usize::MAX - 1,
        usize::MAX,
    ] {
        assert_eq!(*resolve(address), []);
    }
}

#[test]
fn an_address_is_resolved_once() {
    let address = resolve as fn(usize) -> Arc<[Frame]> as usize + 1;
    let first = resolve(address);
    assert!(!first.is_empty());
    assert!(Arc::ptr_eq(&first, &resolve(address)));
    assert!(Arc::ptr_eq(&first, &resolve_all(&[address])[0]));
}

#[test]
fn a_small_stack_suffices() {
    let thread = thread::Builder::new().stack_size(16 * 1024);
    // With a number of its own, as optimized builds fold equal functions into one.
    let run = || (frames(Boundary::here()), black_box(line!()));
    let (found, _) = thread.spawn(run).unwrap().join().unwrap();
    let here = &found.last().unwrap()[0];
    assert_eq!(here.function(), Some("resolve::a_small_stack_suffices::{{closure}}"));
}

#[test]
fn threads_that_resolve_at_once_are_told_the_same() {
    let found = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| frames(Boundary::here()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(!found[0].is_empty());
    assert!(found.iter().all(|frames| *frames == found[0]));
}

#[test]
fn this_executable_has_lines() {
    assert_eq!(debug_info(), DebugInfo::LinesAvailable);
}

#[test]
fn everything_may_be_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Boundary>();
    check::<Frame>();
    check::<Arc<[Frame]>>();
}
