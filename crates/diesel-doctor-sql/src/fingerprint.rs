//! The 64-bit identity of a statement.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The version of the rules. A change that moves fingerprints bumps it, together with the golden file, and is named in the changelog.
const RULES_VERSION: u64 = 2;

/// "diesel\0\0", so that the hash is no plain XXH3 of the text.
const SEED: u64 = u64::from_le_bytes(*b"diesel\0\0");

/// A 64-bit hash of a statement's canonical text; equal for texts that differ only in literals, list lengths, spelling and layout.
///
/// It is stable: across runs, platforms and dialects, and across releases unless the changelog says otherwise.
///
/// ```
/// use diesel_doctor_sql::{Dialect, Fingerprint, Statement};
///
/// let fingerprint = Statement::new("SELECT 1", Dialect::Sqlite).fingerprint();
/// assert_eq!(fingerprint.to_string().parse::<Fingerprint>()?, fingerprint);
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of a canonical text.
    pub(crate) fn of(canonical: &str) -> Self {
        let seed = SEED ^ (RULES_VERSION << 56);
        // One identifier quoted by another database's quote is the same identifier.
        if canonical.as_bytes().contains(&b'`') {
            Self(xxh3_64_with_seed(canonical.replace('`', "\"").as_bytes(), seed))
        } else {
            Self(xxh3_64_with_seed(canonical.as_bytes(), seed))
        }
    }

    /// The fingerprint as a number.
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for Fingerprint {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseIntError;

    /// Reads the hexadecimal form that [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::LowerHex for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:016x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden file of this version of the rules. Who changes the file changes this hash, and then sees the version above.
    const GOLDEN: (u64, u64) = (2, 0x101d_0385_753a_26f6);

    #[test]
    fn the_golden_file_is_the_one_of_this_version() {
        let golden = include_str!("../tests/golden.txt");
        assert_eq!(golden.lines().next(), Some(format!("# rules {RULES_VERSION}").as_str()));
        let hash = xxh3_64_with_seed(golden.replace('\r', "").as_bytes(), 0);
        assert_eq!(
            GOLDEN,
            (RULES_VERSION, hash),
            "a golden line changed: bump RULES_VERSION, then this line (0x{hash:016x})"
        );
    }
}
