//! The evidence behind a report: which connections were seen, what was counted, and what could not be counted.

use std::time::Duration;

use diesel_doctor_sql::Dialect;

use crate::setting::Profile;

/// The evidence of one scope. All counts are exact, also when the scope was too full to keep every sample.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Evidence {
    /// The profile whose thresholds applied. [`Profile::Production`] ignores queries that take little time.
    pub profile: Profile,
    /// The watched connections that the scope used, in the order of their first use.
    pub connections: Vec<ConnectionEvidence>,
    /// The program's own queries.
    pub queries: u64,
    /// `BEGIN`, `COMMIT` and similar.
    pub transaction_statements: u64,
    /// A pool's checks that a connection is alive.
    pub pings: u64,
    /// Session settings, schema changes and migrations.
    pub setup_statements: u64,
    /// Diesel's look-ups of custom types.
    pub type_lookups: u64,
    /// Queries that started and whose end was not seen.
    pub unfinished: u64,
    /// Queries that ended in an error.
    pub failed: u64,
    /// Queries that Diesel could not build. They never reached the database and are not among the queries.
    pub unbuildable: u64,
    /// Queries that came after the scope was closed and before the report was made.
    pub late: u64,
    /// Queries that are counted, but without a sample, because the scope was full.
    pub dropped: u64,
    /// Queries that no rule examined, because the scope was full and their text or place was not kept.
    pub unexamined: u64,
    /// Places on the thread that opened the scope where a connection had lost its instrumentation before: what such a connection asks is not seen.
    pub blinded_before: u64,
    /// Scopes that were opened so deep inside this one that their queries do not count here: a query counts in the eight nearest scopes
    /// around its own, and of deeper nestings in the seven nearest and the outermost.
    pub deeper_scopes: u64,
    /// Statements that were fingerprinted without being understood.
    pub not_parsed: u64,
    /// Connections that lost their instrumentation while the scope ran.
    pub blinded: u64,
    /// Panics of our own code, or of a bind's `Debug`, that were caught.
    pub shielded_panics: u64,
    /// The total time of all queries, as Diesel reports it.
    pub database_time: Duration,
    /// How many call sites were captured and resolved.
    pub call_sites: CallSiteEvidence,
    /// Findings that are not shown because their rule is allowed.
    pub allowed_findings: u64,
    /// Allowances of the scope that matched no finding, each as `rule (reason)`. They should be removed. Only scopes that were
    /// closed have them.
    pub unused_allowances: Vec<String>,
    /// Mistakes in how the doctor is set up or used, each on one line with its fix: a rule that does not exist, a guard held over
    /// an await.
    pub warnings: Vec<String>,
    /// Other facts that the reader needs to trust the report, one line each.
    pub notes: Vec<String>,
}

/// A connection in the evidence.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionEvidence {
    /// The name in reports.
    pub label: String,
    /// The SQL dialect it speaks.
    pub dialect: Dialect,
    /// The program's own queries on it.
    pub queries: u64,
}

impl ConnectionEvidence {
    /// A connection with its count.
    pub fn new(label: impl Into<String>, dialect: Dialect, queries: u64) -> Self {
        Self { label: label.into(), dialect, queries }
    }
}

/// How many call sites of the program's own queries were captured and resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSiteEvidence {
    /// How many distinct call stacks were captured.
    pub captured: u64,
    /// How many of them had to be resolved, for grouping or for showing.
    pub needed: u64,
    /// How many of the needed ones led to a line of the user's code.
    pub resolved: u64,
    /// Why lines are missing; `None` when none is.
    pub missing: Option<MissingCallSites>,
}

/// Why call sites are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingCallSites {
    /// The settings turn capturing off.
    TurnedOff,
    /// The program was built without line tables.
    NoDebugInfo,
    /// The program's line tables are compressed. They cannot be read.
    CompressedDebugInfo,
    /// The program was stripped: even function names are missing.
    Stripped,
    /// No frame of the stack lies in the user's code; this happens on the blocking thread of a connection wrapper.
    NoUserFrame,
}

impl MissingCallSites {
    /// What is missing and how to get it, in one line.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::TurnedOff => {
                "call sites are turned off; set DIESEL_DOCTOR_CALL_SITES=always, or call_sites(CallSites::Always) on the builder"
            }
            Self::NoDebugInfo => "this build has no line tables; set debug = \"line-tables-only\" in its Cargo profile",
            Self::CompressedDebugInfo => {
                "this build's line tables are compressed; link it without --compress-debug-sections"
            }
            Self::Stripped => {
                "this build is stripped; set strip = \"none\" and debug = \"line-tables-only\" in its Cargo profile"
            }
            Self::NoUserFrame => {
                "the query was not made on the stack of the code that asked for it, as on a blocking thread; \
                 make a SyncConnectionWrapper a SyncConnectionWrapper<_, FollowCaller> of diesel-doctor-async"
            }
        }
    }
}
