//! Settings that both the recording and the analysis of a scope ask for.

/// For whom the doctor works: what it captures by default, and from when on its rules speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Development and tests: call sites always, low thresholds, time plays no part.
    Test,
    /// Production: call sites of repetitions only, higher thresholds, and only what takes time.
    Production,
}

impl Default for Profile {
    /// [`Profile::Test`] in a build with debug assertions, else [`Profile::Production`].
    fn default() -> Self {
        if cfg!(debug_assertions) { Self::Test } else { Self::Production }
    }
}

impl Profile {
    /// When call stacks are captured under this profile, where nothing else is said.
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

/// When call stacks are captured. A stack costs more than all the rest of recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallSites {
    /// For every query of a scope.
    Always,
    /// For repetitions: every query whose text begins like one that ran before, up to its first value, in the scope or in one around it.
    Repeats,
    /// Never.
    Off,
}
