//! Whether code asks more when there is more data: the same code at several sizes, compared query by query.
//!
//! A fixture of one row hides every loop. Two sizes show it, however small they are.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, LazyLock};

use diesel_doctor_sql::Fingerprint;

use crate::closing::Ended;
use crate::doctor::{CallSites, Doctor, DoctorBuilder, Profile};
use crate::environment::Environment;
use crate::future::DiagnoseExt as _;
use crate::report::{Ending, Report, counted};
use crate::reporters::Silent;
use crate::scope::Scope;
use crate::site::{CallSite, SourceFrame};

/// So many characters of a statement are shown.
const EXCERPT: usize = 200;
/// So many callers of a place are shown.
const CALLERS: usize = 2;

/// Runs the same code at several sizes, after a warm-up at the smallest, and asserts that no query is made more often when there is more
/// data.
///
/// The closure prepares the data for [`Size::get`] rows, and measures the code under test with [`Size::measure`]. The warm-up fills caches
/// and pools: it runs the closure once more, so what prepares the data must bear that. Two queries are the same when they have the same
/// fingerprint and come from the same line.
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
/// With the slope of each query when the number of any of them is larger at the largest size than at the smallest; when nothing was
/// measured, or no watched connection was seen, so that nothing can be said; when the sizes are not at least two that ascend from 1 on.
#[track_caller]
pub fn assert_scales(name: &str, sizes: impl IntoIterator<Item = usize>, mut run: impl FnMut(&mut Size)) {
    let mut comparison = Comparison::new(name, sizes, Location::caller());
    for size in comparison.rounds() {
        let mut size = Size::new(name, size);
        run(&mut size);
        comparison.add(size);
    }
    comparison.assert();
}

/// The same for async code.
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
        for size in comparison.rounds() {
            let mut size = Size::new(&comparison.name, size);
            run(&mut size).await;
            comparison.add(size);
        }
        comparison.assert();
    }
}

/// One of the sizes at which code is measured; see [`assert_scales`].
#[derive(Debug)]
pub struct Size {
    name: String,
    rows: usize,
    measured: Option<Measured>,
}

impl Size {
    fn new(name: &str, rows: usize) -> Self {
        Self { name: name.to_owned(), rows, measured: None }
    }

    /// How many rows there shall be.
    pub fn get(&self) -> usize {
        self.rows
    }

    /// Runs the code under test, exactly once, and counts its queries. What is measured in several calls is added up.
    pub fn measure<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let scope = self.open();
        let output = scope.in_scope(f);
        self.close(&scope);
        output
    }

    /// The same for a future.
    pub async fn measure_async<F: Future>(&mut self, future: F) -> F::Output {
        let scope = self.open();
        let output = future.with_scope(&scope).await;
        self.close(&scope);
        output
    }

    fn open(&self) -> Scope {
        static DOCTOR: LazyLock<Arc<Doctor>> = LazyLock::new(|| {
            let builder = DoctorBuilder::without_environment().profile(Profile::Test).call_sites(CallSites::Always);
            Arc::new(builder.reporter(Silent).assemble(&Environment::default()))
        });
        DOCTOR.open(format!("{} at size {}", self.name, self.rows))
    }

    fn close(&mut self, scope: &Scope) {
        if let Some(ended) = scope.end(Ending::Closed) {
            self.measured.get_or_insert_default().add(ended);
        }
    }
}

/// What tells queries apart: the fingerprint and the line.
type Key = (Option<(Arc<str>, u32, u32)>, Fingerprint);

/// The queries at one size.
#[derive(Debug, Default)]
struct Measured {
    queries: BTreeMap<Key, Query>,
    blindness: Option<String>,
}

#[derive(Clone, Debug)]
struct Query {
    count: u64,
    sql: String,
    site: Option<CallSite>,
}

impl Measured {
    fn add(&mut self, ended: Ended) {
        let (report, snapshot) = ended.resolve();
        self.blindness = self.blindness.take().or_else(|| blindness(&report));
        for group in snapshot.groups() {
            let place = |frame: &SourceFrame| (Arc::clone(&frame.file), frame.line, frame.column);
            let line = group.site.as_ref().and_then(CallSite::innermost).map(place);
            let query = self.queries.entry((line, group.fingerprint)).or_insert_with(|| Query {
                count: 0,
                sql: snapshot
                    .statements
                    .get(group.statement.0 as usize)
                    .map_or_else(String::new, |statement| statement.normalized().to_owned()),
                site: group.site.clone(),
            });
            query.count = query.count.saturating_add(group.count);
        }
    }
}

/// Why nothing can be said, if so.
fn blindness(report: &Report) -> Option<String> {
    if Doctor::of_process().is_on() { report.blindness() } else { Report::off(&report.scope).blindness() }
}

/// What was measured, size by size.
struct Comparison {
    name: String,
    sizes: Vec<usize>,
    warmed_up: bool,
    measured: Vec<Measured>,
    caller: &'static Location<'static>,
}

impl Comparison {
    #[track_caller]
    fn new(name: &str, sizes: impl IntoIterator<Item = usize>, caller: &'static Location<'static>) -> Self {
        let sizes: Vec<usize> = sizes.into_iter().collect();
        let ascend = sizes.first().is_some_and(|first| *first > 0) && sizes.is_sorted_by(|a, b| a < b);
        assert!(ascend && sizes.len() > 1, "the sizes must be at least two that ascend from 1 on, not {sizes:?}");
        Self { name: name.to_owned(), sizes, warmed_up: false, measured: Vec::new(), caller }
    }

    /// The sizes, the smallest once more before the others.
    fn rounds(&self) -> Vec<usize> {
        self.sizes.first().into_iter().chain(&self.sizes).copied().collect()
    }

    #[track_caller]
    fn add(&mut self, size: Size) {
        let Some(measured) = size.measured else {
            self.fail(&format!("nothing was measured at size {}: call size.measure(|| …)", size.rows));
        };
        if let Some(reason) = &measured.blindness {
            self.fail(&format!("at size {} nothing can be said: {reason}", size.rows));
        }
        if std::mem::replace(&mut self.warmed_up, true) {
            self.measured.push(measured);
        }
    }

    #[track_caller]
    fn assert(&self) {
        let queries = self.queries();
        let growing = queries.iter().filter(|query| query.grows()).count();
        if growing == 0 {
            return;
        }
        let mut text = format!(
            "{} of {} {} made more often when there is more data\n",
            growing,
            counted(queries.len() as u64, "query"),
            if growing == 1 { "is" } else { "are" }
        );
        for query in &queries {
            let _ = write!(text, "\n{query}");
        }
        self.fail(&text);
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{}: {what}\n(asserted at {})", self.name, self.caller);
    }

    /// The queries with their counts at each size, those that grow most first.
    fn queries(&self) -> Vec<Growth<'_>> {
        let mut all: BTreeMap<&Key, Growth<'_>> = BTreeMap::new();
        // From the largest size on: its places are the ones to be shown.
        for (at, measured) in self.measured.iter().enumerate().rev() {
            for (key, query) in &measured.queries {
                let growth = all
                    .entry(key)
                    .or_insert_with(|| Growth { query, counts: self.sizes.iter().map(|&size| (size, 0)).collect() });
                if let Some((_, count)) = growth.counts.get_mut(at) {
                    *count = query.count;
                }
            }
        }
        let mut queries: Vec<Growth<'_>> = all.into_values().collect();
        queries.sort_by(|a, b| b.slope().total_cmp(&a.slope()));
        queries
    }
}

/// One query from size to size.
struct Growth<'a> {
    query: &'a Query,
    counts: Vec<(usize, u64)>,
}

impl Growth<'_> {
    fn ends(&self) -> Option<((usize, u64), (usize, u64))> {
        Some((*self.counts.first()?, *self.counts.last()?))
    }

    fn grows(&self) -> bool {
        self.ends().is_some_and(|((_, first), (_, last))| last > first)
    }

    /// How many more queries each further row brings.
    fn slope(&self) -> f64 {
        self.ends().map_or(0.0, |((small, first), (large, last))| {
            (last as f64 - first as f64) / (large.saturating_sub(small).max(1)) as f64
        })
    }
}

impl fmt::Display for Growth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.grows() { "grows" } else { "steady" };
        let counts: Vec<String> = self.counts.iter().map(|(size, count)| format!("{count} at size {size}")).collect();
        writeln!(f, "{word}: {:+.2} a row: {}", self.slope(), counts.join(", "))?;
        for (at, frame) in self.query.site.iter().flat_map(|site| site.frames.iter()).take(CALLERS + 1).enumerate() {
            let arrow = if at == 0 { "  -->" } else { "      called at" };
            writeln!(f, "{arrow} {}:{}:{} in {}", frame.file, frame.line, frame.column, frame.function)?;
        }
        let shown: String = self.query.sql.chars().take(EXCERPT).collect();
        writeln!(f, "  sql: {shown}{}", if shown.len() < self.query.sql.len() { "…" } else { "" })
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
