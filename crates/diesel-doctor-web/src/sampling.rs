//! Chooses the requests to watch, when not all are watched.

use std::sync::atomic::{AtomicU64, Ordering};

/// Chooses a part of the requests. The choice has no regular pattern, so it cannot coincide with a pattern in the requests.
#[derive(Debug)]
pub(crate) struct Sampling {
    /// A request is chosen when its scrambled number is lower than this; `None` chooses all.
    below: Option<u64>,
    requests: AtomicU64,
}

impl Sampling {
    /// Chooses this part of the requests: none for 0 and less, all for 1 and more. NaN counts as all.
    pub(crate) fn new(rate: f64) -> Self {
        #[expect(clippy::cast_sign_loss, reason = "the rate is above zero there")]
        let below = match rate {
            _ if rate.is_nan() || rate >= 1.0 => None,
            _ if rate <= 0.0 => Some(0),
            // This is 2^64. The cast from a float saturates.
            _ => Some((rate * 18_446_744_073_709_551_616.0) as u64),
        };
        Self { below, requests: AtomicU64::new(0) }
    }

    /// Whether the next request is chosen.
    pub(crate) fn choose(&self) -> bool {
        self.below.is_none_or(|below| scramble(self.requests.fetch_add(1, Ordering::Relaxed)) < below)
    }
}

/// The mixing function of `SplitMix64`. It maps each number to another one, each exactly once.
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(rate: f64) -> usize {
        let sampling = Sampling::new(rate);
        (0..10_000).filter(|_| sampling.choose()).count()
    }

    #[test]
    fn the_part_is_about_the_rate() {
        assert_eq!([chosen(1.0), chosen(7.0), chosen(f64::NAN)], [10_000; 3]);
        assert_eq!([chosen(0.0), chosen(-1.0)], [0; 2]);
        assert!((900..1_100).contains(&chosen(0.1)));
        assert!((4_800..5_200).contains(&chosen(0.5)));
    }

    #[test]
    fn requests_that_take_turns_are_chosen_alike() {
        let sampling = Sampling::new(0.5);
        let even = (0..10_000).filter(|number| sampling.choose() && number % 2 == 0).count();
        assert!((2_300..2_700).contains(&even), "{even}");
    }
}
