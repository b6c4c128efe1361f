//! Functions that the expansion of `#[diagnose]` calls. Other code must not rely on them.

use std::thread;
use std::time::Duration;

use diesel_doctor_core::{Report, ScopeBuilder};

/// How long the end of `main` waits for unfinished reports.
const AT_THE_END: Duration = Duration::from_secs(10);

/// Stands for a value whose type alone matters. It is never called.
pub fn never<T>() -> T {
    unreachable!("the expansion of #[diagnose] does not call this")
}

/// Waits at the end of an async `main` until the doctor has finished its reports.
pub fn flush() {
    diesel_doctor_core::flush(AT_THE_END);
}

/// Runs the body of a function that may be a test whose attribute stood above ours. In a test the report is returned, else it goes
/// to the reporters.
pub fn run_perhaps_a_test<T>(builder: ScopeBuilder, path: &str, f: impl FnOnce() -> T) -> (T, Option<Report>) {
    if is_test(path) {
        let (output, report) = builder.diagnose(f);
        (output, Some(report))
    } else {
        (builder.run(f), None)
    }
}

/// Whether the test harness called the function of this path. The harness runs each test on its own thread, also with
/// `--test-threads=1`. The thread's name is the path inside the crate.
fn is_test(path: &str) -> bool {
    let inside = path.split_once("::").map_or(path, |(_, inside)| inside);
    thread::current().name() == Some(inside)
}

/// Fails a test with the report, unless the report is clean. A test that has already failed keeps its own error, and the report is
/// printed.
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

/// The output of a test.
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

/// Any other output. Its impl needs one more reference than that for `Result`, so that method lookup prefers the one for `Result`.
pub trait AnyOutput {
    /// Always `false`.
    fn is_failure(&self) -> bool;
}

impl<T> AnyOutput for &Output<'_, T> {
    fn is_failure(&self) -> bool {
        false
    }
}
