//! Counts at several sizes: whether they grow, and how steeply.

use std::cmp::Ordering;
use std::fmt;

/// The count at each size.
#[derive(Clone)]
pub(super) struct Counts(pub(super) Vec<(usize, u64)>);

impl Counts {
    pub(super) fn add(&mut self, at: usize, count: u64) {
        if let Some((_, sum)) = self.0.get_mut(at) {
            *sum = sum.saturating_add(count);
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.iter().all(|(_, count)| *count == 0)
    }

    /// Whether the count at the largest size is higher than at every other.
    pub(super) fn grow(&self) -> bool {
        self.0.split_last().is_some_and(|((_, last), others)| others.iter().all(|(_, count)| count < last))
    }

    /// How much each further row adds, between the two largest sizes.
    pub(super) fn slope(&self) -> f64 {
        let [.., (small, before), (large, last)] = self.0[..] else { return 0.0 };
        (last as f64 - before as f64) / (large.saturating_sub(small).max(1)) as f64
    }

    /// Orders the counts that grow most first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
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
