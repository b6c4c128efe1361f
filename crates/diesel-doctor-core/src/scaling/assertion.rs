//! The assertions: they run rounds until there is enough to compare.

use std::future::Future;
use std::panic::Location;

use super::Size;
use super::comparison::Comparison;

/// Runs the same code at several sizes, after a warm-up at the smallest. Asserts that no query is made more often when there is
/// more data.
///
/// The closure must make the data anew, so that there are [`Size::get`] rows, and measure the code under test with
/// [`Size::measure`]. It must not only add rows to those of an earlier run, because a size may come twice. The smallest comes again
/// after the warm-up, which fills caches and pools. The largest may come again to confirm a result.
///
/// It compares how many queries each line makes, whatever their texts, because texts may depend on the data. A line grows when it
/// makes more queries at the largest size than at any smaller one. Two sizes cannot tell a query for each row from a query that is
/// only made for much data, such as the one for a second page. Three sizes can, if the two largest both need that query:
/// `[1, 30, 100]` for pages of 20.
///
/// Queries on a thread or in a task that the scope does not follow (see [`bind`](crate::bind())) are not compared: they may belong
/// to another test. A failure says how many there were. Under `cargo nextest` each test has its own process. There the assertion
/// fails when these queries grow and their number is the same when the largest size runs once more.
///
/// ```
/// # use diesel_doctor_core::Recorder;
/// # fn seed(_: usize) {}
/// # fn book_list() {
/// #     let mut recorder = Recorder::new();
/// #     recorder.start_query(&"SELECT title FROM books");
/// #     recorder.finish_query(&"SELECT title FROM books", None);
/// # }
/// use diesel_doctor_core::assert_scales;
///
/// assert_scales("book list", [2, 20], |size| {
///     seed(size.get());
///     size.measure(|| book_list());
/// });
/// ```
///
/// # Panics
/// With the slope of each query when any of them grows. Also when nothing was measured, when no watched connection was seen, or
/// when the sizes are not at least two ascending numbers from 1 on.
#[track_caller]
pub fn assert_scales(name: &str, sizes: impl IntoIterator<Item = usize>, mut run: impl FnMut(&mut Size)) {
    let mut comparison = Comparison::new(name, sizes, Location::caller());
    while let Some(mut size) = comparison.next() {
        run(&mut size);
        comparison.add(size);
    }
    comparison.assert();
}

/// Like [`assert_scales`], for async code.
///
/// ```
/// # use diesel_doctor_core::assert_scales_async;
/// # async fn seed(_: usize) {}
/// # async fn book_list() {}
/// # async fn test() {
/// assert_scales_async("book list", [2, 20], async |size| {
///     seed(size.get()).await;
///     size.measure_async(book_list()).await;
/// })
/// .await;
/// # }
/// ```
///
/// # Panics
/// As [`assert_scales`] does.
#[track_caller]
pub fn assert_scales_async(
    name: &str,
    sizes: impl IntoIterator<Item = usize>,
    mut run: impl AsyncFnMut(&mut Size),
) -> impl Future<Output = ()> {
    let mut comparison = Comparison::new(name, sizes, Location::caller());
    async move {
        while let Some(mut size) = comparison.next() {
            run(&mut size).await;
            comparison.add(size);
        }
        comparison.assert();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::Recorder;

    fn query(sql: &str) {
        let mut recorder = Recorder::new();
        recorder.start_query(&sql);
        recorder.finish_query(&sql, None);
    }

    #[track_caller]
    fn failure(sizes: &[usize], run: impl FnMut(&mut Size)) -> String {
        let sizes = sizes.to_vec();
        let caught = catch_unwind(AssertUnwindSafe(|| assert_scales("page", sizes, run)));
        *caught.unwrap_err().downcast::<String>().unwrap()
    }

    #[test]
    fn steady_queries_pass_and_the_smallest_size_is_run_twice() {
        let mut seen = Vec::new();
        assert_scales("page", [1, 3, 9], |size| {
            seen.push(size.get());
            assert_eq!(size.measure(|| query("SELECT 1")), ());
        });
        assert_eq!(seen, [1, 1, 3, 9]);
    }

    #[test]
    fn a_query_for_each_row_fails_with_every_slope() {
        let failure = failure(&[1, 5], |size| {
            let rows = size.get();
            size.measure(|| {
                query("SELECT title FROM posts");
                (0..rows).for_each(|_| query("SELECT name FROM users WHERE id = 1"));
            });
        });
        assert!(failure.starts_with("page: 1 of 2 queries is made more often when there is more data\n"), "{failure}");
        assert!(failure.contains("grows: +1.00 a row: 1 at size 1, 5 at size 5\n"), "{failure}");
        assert!(failure.contains("steady: +0.00 a row: 1 at size 1, 1 at size 5\n"), "{failure}");
        assert!(failure.contains("asserted at "), "{failure}");
    }

    #[test]
    fn a_query_that_one_size_does_not_make_counts_as_none_there() {
        let with = |first: usize| {
            move |size: &mut Size| {
                let makes = size.get() >= first;
                size.measure(|| {
                    query("SELECT 1 FROM a");
                    if makes {
                        query("SELECT 1 FROM b");
                    }
                });
            }
        };
        assert!(failure(&[1, 5], with(5)).contains("grows: +0.25 a row: 0 at size 1, 1 at size 5\n"));
        let falls = |size: &mut Size| {
            let rows = size.get();
            size.measure(|| (rows..6).for_each(|_| query("SELECT 1 FROM c")));
        };
        assert_scales("page", [1, 5], falls);
    }

    /// Makes this many queries at each size.
    fn asks(counts: &[(usize, usize)]) -> impl FnMut(&mut Size) {
        move |size: &mut Size| {
            let (_, count) = counts.iter().find(|(rows, _)| *rows == size.get()).unwrap();
            size.measure(|| {
                query("SELECT 1");
                (0..*count).for_each(|_| query("SELECT 1 FROM a"));
            });
        }
    }

    #[test]
    fn what_comes_to_an_end_before_the_largest_size_is_bounded() {
        for bounded in [[0, 1, 1], [1, 10, 10], [3, 1, 2], [2, 3, 1]] {
            let counts = [(1, bounded[0]), (10, bounded[1]), (100, bounded[2])];
            assert_scales("page", [1, 10, 100], asks(&counts));
        }
        assert!(
            failure(&[1, 10], asks(&[(1, 0), (10, 1)])).contains("grows: +0.11 a row: 0 at size 1, 1 at size 10\n")
        );
    }

    #[test]
    fn what_is_still_growing_at_the_largest_size_fails_whenever_it_began() {
        for (growing, slope) in [([1, 10, 100], "+1.00"), ([0, 0, 1], "+0.01"), ([5, 2, 6], "+0.04")] {
            let counts = [(1, growing[0]), (10, growing[1]), (100, growing[2])];
            let failure = failure(&[1, 10, 100], asks(&counts));
            assert!(failure.contains(&format!("grows: {slope} a row: {} at size 1, ", growing[0])), "{failure}");
        }
    }

    #[test]
    fn what_the_warm_up_alone_does_is_not_compared() {
        let mut is_warm = false;
        assert_scales("page", [1, 5], |size| {
            size.measure(|| {
                if !std::mem::replace(&mut is_warm, true) {
                    query("SELECT 1 FROM settings");
                }
                query("SELECT 1");
            });
        });
        assert!(is_warm);
    }

    #[test]
    fn what_is_not_measured_is_not_counted() {
        assert_scales("page", [1, 5], |size| {
            (0..size.get()).for_each(|_| query("INSERT INTO posts VALUES (1)"));
            size.measure(|| query("SELECT 1"));
        });
    }

    #[test]
    fn measuring_nothing_is_no_pass() {
        assert!(failure(&[1, 5], |_| query("SELECT 1")).contains("nothing was measured at size 1"));
        assert!(failure(&[1, 5], |size| size.measure(|| ())).contains("saw no watched connection"));
    }

    #[test]
    fn sizes_must_tell_a_slope() {
        for sizes in [&[][..], &[3], &[0, 3], &[3, 3], &[5, 3]] {
            assert!(failure(sizes, |_| ()).contains("at least two that ascend from 1 on"), "{sizes:?}");
        }
    }
}
