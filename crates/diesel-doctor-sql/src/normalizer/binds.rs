//! Which bind of the text became which value of the canonical text.

/// Consecutive binds that share one value of the canonical text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BindRun {
    /// The number of the first bind, from 1.
    pub(crate) first: u32,
    /// How many.
    pub(crate) count: u32,
    /// The ordinal of the `?` in the canonical text, from 0.
    pub(crate) slot: u32,
}

impl BindRun {
    /// Takes in the run that goes on where this one ends; whether it does.
    fn extend(&mut self, next: Self) -> bool {
        let follows = self.slot == next.slot && self.first.saturating_add(self.count) == next.first;
        if follows {
            self.count = self.count.saturating_add(next.count);
        }
        follows
    }
}

/// More runs than this are not recorded: only binds in scattered order make so many.
const MAX_RUNS: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Binds {
    runs: Vec<BindRun>,
    last: u32,
}

impl Binds {
    /// The number of a placeholder without one: one more than the highest before it.
    pub(super) fn next(&mut self) -> u32 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    pub(super) fn numbered(&mut self, number: u32) -> u32 {
        self.last = self.last.max(number);
        number
    }

    pub(super) fn push(&mut self, number: u32, slot: u32) {
        let run = BindRun { first: number, count: 1, slot };
        if !self.runs.last_mut().is_some_and(|last| last.extend(run)) && self.runs.len() < MAX_RUNS {
            self.runs.push(run);
        }
    }

    /// Moves the binds of all values from `from` on to other values.
    pub(super) fn fold(&mut self, from: usize, target: impl Fn(usize) -> usize) {
        let first = self.runs.iter().rposition(|run| (run.slot as usize) < from).map_or(0, |at| at + 1);
        let mut kept = first;
        for at in first..self.runs.len() {
            let Some(&run) = self.runs.get(at) else { break };
            let run = BindRun { slot: u32::try_from(target(run.slot as usize)).unwrap_or(u32::MAX), ..run };
            let (before, rest) = self.runs.split_at_mut(kept);
            if before.last_mut().is_some_and(|last| last.extend(run)) {
                continue;
            }
            if let Some(place) = rest.first_mut() {
                *place = run;
            }
            kept += 1;
        }
        self.runs.truncate(kept);
    }

    /// Exchanges a value, which was written last, and the one before it.
    pub(super) fn swap(&mut self, slot: usize) {
        for run in self.runs.iter_mut().rev() {
            match slot.checked_sub(run.slot as usize) {
                Some(0) => run.slot = run.slot.saturating_sub(1),
                Some(1) => run.slot = run.slot.saturating_add(1),
                _ => break,
            }
        }
    }

    pub(super) fn into_runs(self) -> Vec<BindRun> {
        self.runs
    }
}
