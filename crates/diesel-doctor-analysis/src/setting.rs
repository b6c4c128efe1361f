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
