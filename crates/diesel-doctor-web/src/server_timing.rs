//! The header that shows the database time in a browser's developer tools.

use diesel_doctor_core::{Live, Profile};

/// Whether responses carry the header `Server-Timing: db;dur=53.2;desc="12 queries"`.
///
/// It holds the counts at the time when the headers are sent. Queries that a streamed body makes later are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerTiming {
    /// Sent in the test profile. In production the header would reveal these numbers to everyone.
    #[default]
    ByProfile,
    /// Always sent.
    Sent,
    /// Never sent.
    Omitted,
}

impl ServerTiming {
    pub(crate) fn is_sent(self, profile: Profile) -> bool {
        match self {
            Self::ByProfile => profile == Profile::Test,
            Self::Sent => true,
            Self::Omitted => false,
        }
    }
}

/// The header's value, in milliseconds.
pub(crate) fn value(live: Live) -> String {
    let micros = live.database_time.as_micros();
    let noun = if live.queries == 1 { "query" } else { "queries" };
    format!("db;dur={}.{:03};desc=\"{} {noun}\"", micros / 1_000, micros % 1_000, live.queries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_does_not_tell_unless_asked_to() {
        assert!(ServerTiming::ByProfile.is_sent(Profile::Test));
        assert!(!ServerTiming::ByProfile.is_sent(Profile::Production));
        assert!(ServerTiming::Sent.is_sent(Profile::Production));
        assert!(!ServerTiming::Omitted.is_sent(Profile::Test));
    }

    #[test]
    fn the_value_has_milliseconds_and_a_description() {
        assert_eq!(value(Live::default()), "db;dur=0.000;desc=\"0 queries\"");
    }
}
