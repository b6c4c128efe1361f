//! What a report rests on: which connections were seen, what was counted, and what could not be.

use std::time::Duration;

use diesel_doctor_sql::Dialect;

use crate::setting::Profile;

/// The evidence of one scope. All counts are exact, also beyond the bounds of what is kept.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Evidence {
    /// Whose thresholds the rules had: in [`Profile::Production`] they leave out what takes little time.
    pub profile: Profile,
    /// The watched connections that the scope touched, in the order in which it first did.
    pub connections: Vec<ConnectionEvidence>,
    /// The program's own queries.
    pub queries: u64,
    /// `BEGIN`, `COMMIT` and their kin.
    pub transaction_statements: u64,
    /// A pool's checks.
    pub pings: u64,
    /// Session settings, schema changes and migrations.
    pub setup_statements: u64,
    /// Look-ups of custom types.
    pub type_lookups: u64,
    /// Queries that started and never ended under our eyes.
    pub unfinished: u64,
    /// Queries that ended in an error.
    pub failed: u64,
    /// Queries that Diesel could not build, so that they never reached the database; not among the queries.
    pub unbuildable: u64,
    /// Queries that came after the scope was closed, as far as they had come when the report was made.
    pub late: u64,
    /// Queries that are counted, but of which no sample was kept because the scope was full.
    pub dropped: u64,
    /// Queries whose text or place could not be kept because the scope was full: no rule has seen them.
    pub unexamined: u64,
    /// Scopes that were opened so deep inside this one that their queries do not count here: a query counts in the eight nearest scopes
    /// around its own, and of deeper nestings in the seven nearest and the outermost.
    pub deeper_scopes: u64,
    /// Statements that were fingerprinted without being understood.
    pub not_parsed: u64,
    /// Connections that lost their instrumentation while the scope ran.
    pub blinded: u64,
    /// Panics of our own, or of a bind's `Debug`, that were caught.
    pub shielded_panics: u64,
    /// The time all queries took together, as Diesel reports it.
    pub database_time: Duration,
    /// What came of the call sites.
    pub call_sites: CallSiteEvidence,
    /// Findings of rules that are allowed, and so not shown.
    pub allowed_findings: u64,
    /// What the scope allows although nothing of it was found, each as `rule (reason)`: to be taken out. Only of scopes that were closed.
    pub unused_allowances: Vec<String>,
    /// What is wrong with how the doctor is set up or used, a line each with the way to mend it: a rule that does not exist, a guard
    /// held over an await.
    pub warnings: Vec<String>,
    /// Whatever else the reader must know to trust the report, a line each.
    pub notes: Vec<String>,
}

/// A connection in the evidence.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionEvidence {
    /// How reports call it.
    pub label: String,
    /// What it speaks.
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

/// What came of the call sites of the program's own queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSiteEvidence {
    /// How many distinct call stacks were captured.
    pub captured: u64,
    /// How many of them had to be resolved, to group by them or to show them.
    pub needed: u64,
    /// How many of the needed ones led to a line of the user's.
    pub resolved: u64,
    /// Why lines are missing, where they are.
    pub missing: Option<MissingCallSites>,
}

/// Why a call site is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingCallSites {
    /// The settings say not to capture them.
    TurnedOff,
    /// The program was built without line tables.
    NoDebugInfo,
    /// The program's line tables are compressed, which cannot be read.
    CompressedDebugInfo,
    /// The program was stripped: there are not even function names.
    Stripped,
    /// No frame of the stack lies in the user's code, as on a blocking thread of a connection wrapper.
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
