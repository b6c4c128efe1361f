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
        if !self.extends_last(run) && self.runs.len() < MAX_RUNS {
            self.runs.push(run);
        }
    }

    fn extends_last(&mut self, run: BindRun) -> bool {
        match self.runs.last_mut() {
            Some(last) if last.slot == run.slot && last.first.saturating_add(last.count) == run.first => {
                last.count = last.count.saturating_add(run.count);
                true
            }
            _ => false,
        }
    }

    /// Moves the binds of all values from `from` on to other values.
    pub(super) fn fold(&mut self, from: usize, target: impl Fn(usize) -> usize) {
        let first = self.runs.iter().rposition(|run| (run.slot as usize) < from).map_or(0, |at| at + 1);
        if first == self.runs.len() {
            return;
        }
        let moved: Vec<BindRun> = self.runs.drain(first..).collect();
        for run in moved {
            let slot = u32::try_from(target(run.slot as usize)).unwrap_or(u32::MAX);
            let run = BindRun { slot, ..run };
            if !self.extends_last(run) {
                self.runs.push(run);
            }
        }
    }

    /// Exchanges the values of the last two binds: `LIMIT ?, ?` names the offset first.
    pub(super) fn swap_last(&mut self) {
        if let [.., one, two] = self.runs.as_mut_slice()
            && one.count == 1
            && two.count == 1
            && one.slot + 1 == two.slot
        {
            std::mem::swap(&mut one.slot, &mut two.slot);
        }
    }

    pub(super) fn into_runs(self) -> Vec<BindRun> {
        self.runs
    }
}
