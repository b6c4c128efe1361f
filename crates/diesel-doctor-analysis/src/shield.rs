//! The shield around code that is not ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs foreign code. `None` after a panic: it stays here, and so does a second one, of the `Drop` of the panic's own payload.
///
/// A program that is built with `panic = "abort"` ends all the same.
#[inline]
pub fn shielded<T>(part: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(part)).map_err(let_go).ok()
}

#[cold]
fn let_go(payload: Box<dyn std::any::Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Its `Drop` may panic as well, and so on: it is leaked instead.
        std::mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    /// Panics when it is dropped, with another of its kind.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Self(self.0 - 1));
            }
        }
    }

    #[test]
    fn what_comes_out_is_the_value_or_nothing() {
        assert_eq!(shielded(|| 7), Some(7));
        assert_eq!(shielded(|| panic!("of the part")), None::<()>);
    }

    #[test]
    fn a_payload_that_panics_when_it_is_dropped_passes_no_shield() {
        for bombs in 0..4 {
            assert_eq!(shielded(|| panic_any(Bomb(bombs))), None::<()>);
        }
    }
}
