//! Finds connected things from pairs that belong together (union-find).

/// Numbered things. Things that were joined, directly or through others, share one root: the smallest number among them.
#[derive(Debug)]
pub(super) struct Connected(Vec<u32>);

impl Connected {
    pub(super) fn new(things: usize) -> Self {
        Self((0..things as u32).collect())
    }

    pub(super) fn root(&mut self, thing: u32) -> u32 {
        let mut at = thing;
        while let Some(&parent) = self.0.get(at as usize)
            && parent != at
        {
            let grandparent = self.0.get(parent as usize).copied().unwrap_or(parent);
            if let Some(of_thing) = self.0.get_mut(at as usize) {
                *of_thing = grandparent;
            }
            at = grandparent;
        }
        at
    }

    pub(super) fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(of_larger) = self.0.get_mut(one.max(other) as usize) {
            *of_larger = one.min(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_through_others_has_the_smallest_for_a_root() {
        let mut connected = Connected::new(6);
        for (one, other) in [(5, 3), (3, 4), (1, 5)] {
            connected.join(one, other);
        }
        let roots: Vec<u32> = (0..6).map(|thing| connected.root(thing)).collect();
        assert_eq!(roots, [0, 1, 2, 1, 1, 1]);
    }

    #[test]
    fn a_long_chain_is_one() {
        let mut connected = Connected::new(100_000);
        for thing in (1..100_000).rev() {
            connected.join(thing, thing - 1);
        }
        assert_eq!(connected.root(99_999), 0);
    }
}
