//! What `#[diagnose]` expands to, beside the public interface. Nobody else may rely on it.

use std::thread;
use std::time::Duration;

use diesel_doctor_core::{Report, ScopeBuilder};

/// How long the end of `main` waits for reports that are under way.
const AT_THE_END: Duration = Duration::from_secs(10);

/// Stands for a value where only its type matters; it is never called.
pub fn never<T>() -> T {
    unreachable!("the expansion of #[diagnose] does not call this")
}

/// Waits at the end of an async `main` for what the doctor still works on.
pub fn flush() {
    diesel_doctor_core::flush(AT_THE_END);
}

/// Runs the body of a function that was a test if its attribute stood above ours. In a test the report comes back, else it goes to
/// the reporters.
pub fn run_perhaps_a_test<T>(builder: ScopeBuilder, path: &str, f: impl FnOnce() -> T) -> (T, Option<Report>) {
    if is_test(path) {
        let (output, report) = builder.diagnose(f);
        (output, Some(report))
    } else {
        (builder.run(f), None)
    }
}

/// Whether the harness called the function of this path: it runs each test on a thread of its own, also with `--test-threads=1`, and names
/// that by the path inside the crate.
fn is_test(path: &str) -> bool {
    let inside = path.split_once("::").map_or(path, |(_, inside)| inside);
    thread::current().name() == Some(inside)
}

/// Fails a test with the report, unless it is clean. A test that has failed by itself keeps its own error, and the report is printed.
///
/// # Panics
/// With the report.
#[track_caller]
pub fn finish_test(report: &Report, has_failed: bool) {
    if has_failed {
        eprint!("{report}");
    } else {
        report.assert_clean();
    }
}

/// What a test returned.
#[derive(Debug)]
pub struct Output<'a, T>(pub &'a T);

/// The output is a `Result`.
pub trait ResultOutput {
    /// Whether it is an error.
    fn is_failure(&self) -> bool;
}

impl<T, E> ResultOutput for Output<'_, Result<T, E>> {
    fn is_failure(&self) -> bool {
        self.0.is_err()
    }
}

/// The output is something else. It takes one more reference to get here, so that a `Result` goes to the other.
pub trait AnyOutput {
    /// It is no failure.
    fn is_failure(&self) -> bool;
}

impl<T> AnyOutput for &Output<'_, T> {
    fn is_failure(&self) -> bool {
        false
    }
}
