//! Whether the current thread runs a reporter or an analyzer: user code that may itself use the doctor.
//!
//! A report of what runs inside a reporter would come to the same reporter, and so on without an end.

use std::cell::Cell;

/// What the doctor runs on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    Nothing,
    Reporter,
    Analyzer,
}

thread_local! {
    static INSIDE: Cell<Inside> = const { Cell::new(Inside::Nothing) };
}

/// What the doctor runs on this thread.
pub(crate) fn inside() -> Inside {
    INSIDE.try_with(Cell::get).unwrap_or(Inside::Nothing)
}

/// Runs a reporter or an analyzer.
pub(crate) fn run_inside<T>(what: Inside, part: impl FnOnce() -> T) -> T {
    struct Back(Inside);
    impl Drop for Back {
        fn drop(&mut self) {
            let _ = INSIDE.try_with(|inside| inside.set(self.0));
        }
    }
    let _back = Back(INSIDE.try_with(|inside| inside.replace(what)).unwrap_or(Inside::Nothing));
    part()
}
