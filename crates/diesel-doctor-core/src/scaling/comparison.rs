//! Compares the rounds, and decides which size comes next.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::panic::Location;

use diesel_doctor_analysis::render::clean::line;
use diesel_doctor_analysis::words::counted;

use super::Size;
use super::counts::Counts;
use super::growth::Growth;
use super::measured::{Key, Measured};

/// The measurements of all rounds.
pub(super) struct Comparison {
    name: String,
    sizes: Vec<usize>,
    /// The first one is the warm-up.
    rounds: Vec<Measured>,
    is_alone: bool,
    caller: &'static Location<'static>,
}

impl Comparison {
    #[track_caller]
    pub(super) fn new(name: &str, sizes: impl IntoIterator<Item = usize>, caller: &'static Location<'static>) -> Self {
        let sizes: Vec<usize> = sizes.into_iter().collect();
        let ascend = sizes.first().is_some_and(|first| *first > 0) && sizes.is_sorted_by(|a, b| a < b);
        assert!(ascend && sizes.len() > 1, "the sizes must be at least two that ascend from 1 on, not {sizes:?}");
        Self { name: name.to_owned(), sizes, rounds: Vec::new(), is_alone: is_alone(), caller }
    }

    /// The size of the next round: the smallest as a warm-up, then each size, and the largest once more where a result must be
    /// confirmed. Sizes never descend, because the closure may not be able to remove data.
    pub(super) fn next(&self) -> Option<Size> {
        let (done, sizes) = (self.rounds.len(), self.sizes.len());
        let rows = match done.checked_sub(1) {
            None => self.sizes.first(),
            Some(at) if at == sizes && self.loses_queries() => self.sizes.last(),
            Some(at) => self.sizes.get(at),
        };
        rows.map(|&rows| Size::new(&self.name, rows))
    }

    /// Whether only queries outside any scope grow, and no other code can have made them.
    fn loses_queries(&self) -> bool {
        self.is_alone && self.unscoped().grow() && !self.queries().iter().any(|query| query.counts.grow())
    }

    #[track_caller]
    pub(super) fn add(&mut self, size: Size) {
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
    pub(super) fn assert(&self) {
        let queries = self.queries();
        let growing = queries.iter().filter(|query| query.counts.grow()).count();
        if growing == 0 {
            if let Some([largest, again]) = self.rounds.get(self.sizes.len()..)
                && largest.unscoped == again.unscoped
            {
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
        panic!("{}: {what}{doubt}\n(asserted at {})", line(&self.name), self.caller);
    }

    /// The rounds that are compared: all but the warm-up and the confirmation.
    fn compared(&self) -> &[Measured] {
        self.rounds.get(1..self.rounds.len().min(self.sizes.len() + 1)).unwrap_or_default()
    }

    /// Queries of the process outside any scope, at each size. The warm-up's are used while there is no other round.
    fn unscoped(&self) -> Counts {
        let rounds = if self.compared().is_empty() { &self.rounds } else { self.compared() };
        Counts(self.sizes.iter().zip(rounds).map(|(size, round)| (*size, round.unscoped)).collect())
    }

    /// The queries with their counts at each size. Those that grow most come first.
    fn queries(&self) -> Vec<Growth<'_>> {
        let none = Counts(self.sizes.iter().map(|&size| (size, 0)).collect());
        let mut all: BTreeMap<&Key, Growth<'_>> = BTreeMap::new();
        // Start with the largest size, because its places are shown.
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

/// Whether no other test runs in this process, so that all its queries belong to this one.
fn is_alone() -> bool {
    env::var_os("NEXTEST_EXECUTION_MODE").is_some_and(|mode| mode == "process-per-test")
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Compares rounds with this many queries outside any scope. Returns the sizes of all rounds, and whether they pass.
    fn compare(is_alone: bool, mut unscoped: impl FnMut(usize) -> u64) -> (Vec<usize>, Result<(), String>) {
        let mut comparison = Comparison { is_alone, ..Comparison::new("page", [2, 20], Location::caller()) };
        let mut sizes = Vec::new();
        while let Some(mut size) = comparison.next() {
            sizes.push(size.get());
            size.measured = Some(Measured { unscoped: unscoped(size.get()), ..Measured::default() });
            comparison.add(size);
        }
        let passed = catch_unwind(AssertUnwindSafe(|| comparison.assert()));
        (sizes, passed.map_err(|message| *message.downcast::<String>().unwrap()))
    }

    #[test]
    fn what_no_scope_has_seen_fails_when_the_largest_size_asks_as_often_again() {
        let (sizes, passed) = compare(true, |rows| rows as u64);
        assert_eq!(sizes, [2, 2, 20, 20]);
        let message = passed.unwrap_err();
        assert!(message.starts_with("page: outside any scope, more queries are made when there is more data\n"));
        assert!(message.contains("outside any scope, 2 at size 2, 20 at size 20: "), "{message}");
    }

    #[test]
    fn a_closure_that_takes_nothing_away_is_confirmed_too() {
        let mut rows = 0;
        let tops_up = |size: usize| {
            rows = size.max(rows);
            rows as u64
        };
        assert!(compare(true, tops_up).1.is_err());
    }

    #[test]
    fn what_no_scope_has_seen_passes_when_the_largest_size_asks_another_number_then() {
        for again in [0, 19, 21] {
            let mut counts = [2, 2, 20, again].into_iter();
            assert_eq!(compare(true, |_| counts.next().unwrap()), (vec![2, 2, 20, 20], Ok(())));
        }
    }

    #[test]
    fn there_is_nothing_to_confirm_where_it_does_not_grow_or_may_be_of_other_tests() {
        assert_eq!(compare(true, |_| 2), (vec![2, 2, 20], Ok(())));
        assert_eq!(compare(false, |rows| rows as u64), (vec![2, 2, 20], Ok(())));
    }
}
