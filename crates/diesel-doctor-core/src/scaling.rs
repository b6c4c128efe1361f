//! Whether code asks more when there is more data: the same code at several sizes, compared query by query.
//!
//! A fixture of one row hides every loop. Two sizes show it, however small they are.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::env;
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
/// So many statements of a place are shown.
const TEXTS: usize = 3;

/// Runs the same code at several sizes, after a warm-up at the smallest, and asserts that no query is made more often when there is more
/// data.
///
/// The closure prepares the data for [`Size::get`] rows, and measures the code under test with [`Size::measure`]. The warm-up fills caches
/// and pools: it runs the closure once more, so what prepares the data must bear that.
///
/// What is compared is how often each line asks, whatever the texts of its queries: they may depend on the data. It grows when it asks more
/// often at the largest size than at any smaller one. Two sizes cannot tell what is asked for each row from what is asked once where there
/// is much, such as for a second page. With a third they can, if it lies beyond where that begins: `[1, 30, 100]` for pages of 20.
///
/// Queries on a thread or in a task that the scope was not carried to (see [`bind`](crate::bind())) are not compared: they could be those of
/// another test. A failure says how many there were. Under `cargo nextest`, where each test has a process for itself, it is a failure when
/// they grow, and grow by as much when all sizes run once more.
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
/// With the slope of each query when any of them grows; when nothing was measured, or no watched connection was seen, so that nothing can
/// be said; when the sizes are not at least two that ascend from 1 on.
#[track_caller]
pub fn assert_scales(name: &str, sizes: impl IntoIterator<Item = usize>, mut run: impl FnMut(&mut Size)) {
    let mut comparison = Comparison::new(name, sizes, Location::caller());
    while let Some(mut size) = comparison.next() {
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
        while let Some(mut size) = comparison.next() {
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

/// What tells queries apart: the line that makes them, or their fingerprint where no line is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Line(Arc<str>, u32, u32),
    Fingerprint(Fingerprint),
}

/// The queries at one size.
#[derive(Debug, Default)]
struct Measured {
    queries: BTreeMap<Key, Query>,
    blindness: Option<String>,
    /// Those that no scope has seen, of the whole process.
    unscoped: u64,
}

/// What one line asks.
#[derive(Debug)]
struct Query {
    site: Option<CallSite>,
    texts: BTreeMap<Fingerprint, Text>,
}

#[derive(Debug)]
struct Text {
    count: u64,
    sql: String,
}

impl Measured {
    fn add(&mut self, ended: Ended) {
        self.unscoped = self.unscoped.saturating_add(ended.scope().unscoped_meanwhile());
        let (report, snapshot) = ended.resolve();
        self.blindness = self.blindness.take().or_else(|| blindness(&report));
        for group in snapshot.groups() {
            let line = |frame: &SourceFrame| Key::Line(Arc::clone(&frame.file), frame.line, frame.column);
            let innermost = group.site.as_ref().and_then(CallSite::innermost);
            let key = innermost.map_or(Key::Fingerprint(group.fingerprint), line);
            let query =
                self.queries.entry(key).or_insert_with(|| Query { site: group.site.clone(), texts: BTreeMap::new() });
            let text = query.texts.entry(group.fingerprint).or_insert_with(|| Text {
                count: 0,
                sql: snapshot
                    .statements
                    .get(group.statement.0 as usize)
                    .map_or_else(String::new, |statement| statement.normalized().to_owned()),
            });
            text.count = text.count.saturating_add(group.count);
        }
    }
}

/// Why nothing can be said, if so.
fn blindness(report: &Report) -> Option<String> {
    if Doctor::of_process().is_on() { report.blindness() } else { Report::off(&report.scope).blindness() }
}

/// What was measured, round by round.
struct Comparison {
    name: String,
    sizes: Vec<usize>,
    /// The warm-up is the first.
    rounds: Vec<Measured>,
    caller: &'static Location<'static>,
}

impl Comparison {
    #[track_caller]
    fn new(name: &str, sizes: impl IntoIterator<Item = usize>, caller: &'static Location<'static>) -> Self {
        let sizes: Vec<usize> = sizes.into_iter().collect();
        let ascend = sizes.first().is_some_and(|first| *first > 0) && sizes.is_sorted_by(|a, b| a < b);
        assert!(ascend && sizes.len() > 1, "the sizes must be at least two that ascend from 1 on, not {sizes:?}");
        Self { name: name.to_owned(), sizes, rounds: Vec::new(), caller }
    }

    /// The size of the next round: the smallest to warm up, then each, and each once more where that must confirm what was seen.
    fn next(&self) -> Option<Size> {
        let (done, sizes) = (self.rounds.len(), self.sizes.len());
        let rows = match done.checked_sub(1) {
            None => self.sizes.first(),
            Some(at) if at < sizes || self.loses_queries() => self.sizes.get(at).or_else(|| self.sizes.get(at - sizes)),
            Some(_) => None,
        };
        rows.map(|&rows| Size::new(&self.name, rows))
    }

    /// Whether all that grows is what no scope has seen, and nothing but this code can have asked it.
    fn loses_queries(&self) -> bool {
        is_alone() && self.unscoped().grow() && !self.queries().iter().any(|query| query.counts.grow())
    }

    #[track_caller]
    fn add(&mut self, size: Size) {
        let Some(measured) = size.measured else {
            self.fail(&format!("nothing was measured at size {}: call size.measure(|| …)", size.rows));
        };
        let blindness = measured.blindness.clone();
        self.rounds.push(measured);
        if let Some(reason) = blindness {
            self.fail(&format!("at size {} nothing can be said: {reason}", size.rows));
        }
    }

    #[track_caller]
    fn assert(&self) {
        let queries = self.queries();
        let growing = queries.iter().filter(|query| query.counts.grow()).count();
        if growing == 0 {
            let confirmed = self.rounds.get(self.sizes.len() + 1..).unwrap_or_default();
            let is_confirmed =
                confirmed.iter().map(|round| round.unscoped).eq(self.compared().iter().map(|round| round.unscoped));
            if is_confirmed && self.loses_queries() {
                self.fail("outside any scope, more queries are made when there is more data");
            }
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
        let unscoped = self.unscoped();
        let doubt = if unscoped.are_none() {
            String::new()
        } else {
            format!(
                "\nnot compared: queries of this process outside any scope, {unscoped}: of this code on a thread without bind() or in a task \
                 without in_current_scope(), or of other tests"
            )
        };
        panic!("{}: {what}{doubt}\n(asserted at {})", self.name, self.caller);
    }

    /// The rounds that are compared.
    fn compared(&self) -> &[Measured] {
        self.rounds.get(1..self.rounds.len().min(self.sizes.len() + 1)).unwrap_or_default()
    }

    /// Queries that no scope has seen, of the whole process: those of the warm-up as long as there is nothing else.
    fn unscoped(&self) -> Counts {
        let rounds = if self.compared().is_empty() { &self.rounds } else { self.compared() };
        Counts(self.sizes.iter().zip(rounds).map(|(size, round)| (*size, round.unscoped)).collect())
    }

    /// The queries with their counts at each size, those that grow most first.
    fn queries(&self) -> Vec<Growth<'_>> {
        let none = Counts(self.sizes.iter().map(|&size| (size, 0)).collect());
        let mut all: BTreeMap<&Key, Growth<'_>> = BTreeMap::new();
        // From the largest size on: its places are the ones to be shown.
        for (at, measured) in self.compared().iter().enumerate().rev() {
            for (key, query) in &measured.queries {
                let growth = all.entry(key).or_insert_with(|| Growth {
                    site: query.site.as_ref(),
                    counts: none.clone(),
                    texts: BTreeMap::new(),
                });
                for (fingerprint, text) in &query.texts {
                    growth.counts.add(at, text.count);
                    growth.texts.entry(*fingerprint).or_insert_with(|| (&text.sql, none.clone())).1.add(at, text.count);
                }
            }
        }
        let mut queries: Vec<Growth<'_>> = all.into_values().collect();
        queries.sort_by(|a, b| a.counts.order(&b.counts));
        queries
    }
}

/// Whether no other test runs in this process, so that what it does is this one's doing.
fn is_alone() -> bool {
    env::var_os("NEXTEST_EXECUTION_MODE").is_some_and(|mode| mode == "process-per-test")
}

/// How many at each size.
#[derive(Clone)]
struct Counts(Vec<(usize, u64)>);

impl Counts {
    fn add(&mut self, at: usize, count: u64) {
        if let Some((_, sum)) = self.0.get_mut(at) {
            *sum = sum.saturating_add(count);
        }
    }

    fn are_none(&self) -> bool {
        self.0.iter().all(|(_, count)| *count == 0)
    }

    /// Whether there are more at the largest size than at any other.
    fn grow(&self) -> bool {
        self.0.split_last().is_some_and(|((_, last), others)| others.iter().all(|(_, count)| count < last))
    }

    /// How many more each further row brings, in the end.
    fn slope(&self) -> f64 {
        let [.., (small, before), (large, last)] = self.0[..] else { return 0.0 };
        (last as f64 - before as f64) / (large.saturating_sub(small).max(1)) as f64
    }

    /// Those that grow most come first.
    fn order(&self, other: &Self) -> Ordering {
        other.grow().cmp(&self.grow()).then_with(|| other.slope().total_cmp(&self.slope()))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (size, count)) in self.0.iter().enumerate() {
            write!(f, "{}{count} at size {size}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// What one line asks from size to size: in sum, and each text.
struct Growth<'a> {
    site: Option<&'a CallSite>,
    counts: Counts,
    texts: BTreeMap<Fingerprint, (&'a str, Counts)>,
}

impl fmt::Display for Growth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.counts.grow() { "grows" } else { "steady" };
        writeln!(f, "{word}: {:+.2} a row: {}", self.counts.slope(), self.counts)?;
        for (at, frame) in self.site.iter().flat_map(|site| site.frames.iter()).take(CALLERS + 1).enumerate() {
            let arrow = if at == 0 { "  -->" } else { "      called at" };
            writeln!(f, "{arrow} {}:{}:{} in {}", frame.file, frame.line, frame.column, frame.function)?;
        }
        let mut texts: Vec<_> = self.texts.values().collect();
        texts.sort_by(|(_, a), (_, b)| a.order(b));
        for (sql, counts) in texts.into_iter().take(TEXTS) {
            let shown: String = sql.chars().take(EXCERPT).collect();
            write!(f, "  sql: {shown}{}", if shown.len() < sql.len() { "…" } else { "" })?;
            if self.texts.len() > 1 {
                write!(f, " ({counts})")?;
            }
            writeln!(f)?;
        }
        match self.texts.len().saturating_sub(TEXTS) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} more"),
        }
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

    /// Asks as often as said at each size.
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
