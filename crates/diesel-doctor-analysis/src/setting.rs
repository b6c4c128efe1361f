//! Settings that both the recording and the analysis of a scope use.

/// Where the doctor works. The profile decides what is captured by default, and the thresholds of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Development and tests: call sites of all queries, low thresholds on counts, no threshold on time.
    Test,
    /// Production: call sites of repeated queries only, higher thresholds on counts, and a threshold on time.
    Production,
}

impl Default for Profile {
    /// [`Profile::Test`] in a build with debug assertions, else [`Profile::Production`].
    fn default() -> Self {
        if cfg!(debug_assertions) { Self::Test } else { Self::Production }
    }
}

impl Profile {
    /// When call stacks are captured under this profile, unless set otherwise.
    pub fn call_sites(self) -> CallSites {
        match self {
            Self::Test => CallSites::Always,
            Self::Production => CallSites::Repeats,
        }
    }

    /// The word for it in reports and in the environment: `test`, `production`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

/// When call stacks are captured. Capturing a stack costs more than the rest of recording together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallSites {
    /// For every query of a scope.
    Always,
    /// For repetitions: each query whose text begins like that of an earlier one, up to its first value, in the scope or in one
    /// around it.
    Repeats,
    /// Never.
    Off,
}

/// Whether bind values are read. What is kept of them is a hash and a few facts, never a value.
///
/// Diesel gives a bind to an instrumentation by its `Debug` alone, which is the program's code: it runs inside the query, and only because the
/// doctor asks. It may be slow, wait for a lock that the query's caller holds, or panic. A program in which that may happen turns this off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BindReading {
    /// The binds of each query are printed, up to 64 KiB of them, and hashed.
    #[default]
    Read,
    /// No `Debug` of a bind runs. Rules that tell questions apart by their values find nothing.
    Off,
}
