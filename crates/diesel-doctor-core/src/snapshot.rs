//! Everything that is known of a scope at its close, immutable: what analyzers read, and all they read.

use std::collections::HashMap;
use std::time::Duration;

use diesel_doctor_sql::Statement;

use crate::binds::identity_of_texts;
use crate::connection::{Connection, Database};
use crate::group::{Group, group};
use crate::query::{
    BindFact, Binds, ConnectionIndex, ErrorClass, Outcome, QueryKind, QueryRecord, StackId, StatementId,
};
use crate::site::{ResolvedStack, SourceFrame};

/// Exact counts of what one statement text did from one call stack, also where samples were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How often it started.
    pub started: u64,
    /// How often an end was seen.
    pub finished: u64,
    /// How often it failed.
    pub failed: u64,
    /// The time all of them took together.
    pub elapsed: Duration,
}

/// A tally with what it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TallyEntry {
    pub statement: StatementId,
    pub stack: Option<StackId>,
    pub connection: ConnectionIndex,
    pub tally: Tally,
}

/// A scope at its close.
///
/// Queries are in the order in which they started. There may be fewer records than queries (see [`Tally`]).
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(crate) scope: String,
    pub(crate) elapsed: Duration,
    pub(crate) connections: Vec<Connection>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) stacks: Vec<ResolvedStack>,
    pub(crate) bind_facts: Vec<BindFact>,
    pub(crate) queries: Vec<QueryRecord>,
    pub(crate) tallies: Vec<TallyEntry>,
    pub(crate) groups: Vec<Group>,
}

impl Snapshot {
    /// The name of the scope.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// From the scope's opening to its close.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The records, in the order in which the queries started.
    pub fn queries(&self) -> &[QueryRecord] {
        &self.queries
    }

    /// The statement of a record.
    ///
    /// # Panics
    /// When the record is of another snapshot.
    pub fn statement(&self, query: &QueryRecord) -> &Statement {
        &self.statements[query.statement.0 as usize]
    }

    /// The facts about a record's binds, in bind order; at most the first sixteen are kept.
    pub fn bind_facts(&self, query: &QueryRecord) -> &[BindFact] {
        let first = query.binds.first_fact as usize;
        self.bind_facts.get(first..first + usize::from(query.binds.facts)).unwrap_or_default()
    }

    /// What distinguishes a record from others of its fingerprint: its binds, the literals in its text, and how they are spread
    /// over lists, which a fingerprint does not tell.
    pub fn argument_identity(&self, query: &QueryRecord) -> u64 {
        let statement = self.statement(query);
        let literals = statement.literals().map_or(0, std::num::NonZeroU64::get);
        let lists = statement
            .list_lengths()
            .iter()
            .fold(0_u64, |hash, &length| (hash.rotate_left(9) ^ u64::from(length)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        query.binds.identity().rotate_left(17) ^ literals ^ lists
    }

    /// The connection of a record.
    ///
    /// # Panics
    /// When the record is of another snapshot.
    pub fn connection(&self, query: &QueryRecord) -> &Connection {
        &self.connections[query.connection.0 as usize]
    }

    /// The call stack of a record, if one was captured.
    pub fn stack(&self, query: &QueryRecord) -> Option<&ResolvedStack> {
        query.stack.and_then(|id| self.stacks.get(id.0 as usize))
    }

    /// The program's own queries by fingerprint, database and call site: each group is what one line of the user's did.
    /// In the order of their first query.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The records of a group, in the order in which they started.
    pub fn group_queries<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a QueryRecord> {
        group.queries.iter().filter_map(|&index| self.queries.get(index as usize))
    }

    /// Computes what is derived from the rest.
    pub(crate) fn finish(mut self) -> Self {
        self.groups = group(&self);
        self
    }
}

/// Builds a snapshot by hand: for the tests of analyzers.
///
/// ```
/// use diesel_doctor_core::{SnapshotBuilder, Dialect};
///
/// let snapshot = SnapshotBuilder::new("page", Dialect::Sqlite)
///     .query("SELECT * FROM posts", |query| query.at("src/page.rs", 10, "page"))
///     .query("SELECT * FROM users WHERE id = ?", |query| query.binds(&["1"]).at("src/page.rs", 12, "page"))
///     .build();
/// assert_eq!(snapshot.queries().len(), 2);
/// ```
#[derive(Debug)]
pub struct SnapshotBuilder {
    snapshot: Snapshot,
    dialect: diesel_doctor_sql::Dialect,
    clock: Duration,
    texts: HashMap<String, StatementId>,
    stacks: HashMap<(Vec<SourceFrame>, bool), StackId>,
    tallies: HashMap<(StatementId, Option<StackId>, ConnectionIndex), usize>,
}

/// One query of a [`SnapshotBuilder`]: by default answered, in 1 ms, without binds, outside a transaction, on the first connection.
#[derive(Debug)]
pub struct QueryBuilder {
    binds: Vec<String>,
    frames: Vec<SourceFrame>,
    elapsed: Duration,
    pause: Duration,
    outcome: Outcome,
    kind: QueryKind,
    connection: String,
    database: Option<Database>,
    transaction: u32,
    split_by_diesel: bool,
}

impl QueryBuilder {
    /// The binds, as their `Debug` prints them.
    #[must_use]
    pub fn binds(mut self, texts: &[impl AsRef<str>]) -> Self {
        self.binds = texts.iter().map(|text| text.as_ref().to_owned()).collect();
        self
    }

    /// Adds a user's frame: the first call names the innermost one, further calls its callers.
    #[must_use]
    pub fn at(mut self, file: &str, line: u32, function: &str) -> Self {
        self.frames.push(SourceFrame::new(file, line, 1, function));
        self
    }

    /// How long it took.
    #[must_use]
    pub fn elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = elapsed;
        self
    }

    /// How long the program waited before it.
    #[must_use]
    pub fn after(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// It failed with this class of error.
    #[must_use]
    pub fn failed(mut self, class: &'static str) -> Self {
        self.outcome = Outcome::Err(ErrorClass::new(class));
        self
    }

    /// It never finished.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.outcome = Outcome::Unfinished;
        self
    }

    /// Whose query it is.
    #[must_use]
    pub fn kind(mut self, kind: QueryKind) -> Self {
        self.kind = kind;
        self
    }

    /// The name of its connection.
    #[must_use]
    pub fn connection(mut self, name: &str) -> Self {
        name.clone_into(&mut self.connection);
        self
    }

    /// The URL of the database that its connection speaks to; without, connections of one name speak to one database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(Database::from_url(url));
        self
    }

    /// It ran in the transaction of this number.
    #[must_use]
    pub fn transaction(mut self, number: u32) -> Self {
        self.transaction = number;
        self
    }

    /// Diesel split one call of the user's into several statements.
    #[must_use]
    pub fn split_by_diesel(mut self) -> Self {
        self.split_by_diesel = true;
        self
    }
}

impl SnapshotBuilder {
    /// An empty snapshot of a scope.
    pub fn new(scope: &str, dialect: diesel_doctor_sql::Dialect) -> Self {
        Self {
            snapshot: Snapshot { scope: scope.to_owned(), ..Snapshot::default() },
            dialect,
            clock: Duration::ZERO,
            texts: HashMap::new(),
            stacks: HashMap::new(),
            tallies: HashMap::new(),
        }
    }

    /// Adds a query, described by `describe`.
    #[must_use]
    pub fn query(mut self, sql: &str, describe: impl FnOnce(QueryBuilder) -> QueryBuilder) -> Self {
        let query = describe(QueryBuilder {
            binds: Vec::new(),
            frames: Vec::new(),
            elapsed: Duration::from_millis(1),
            pause: Duration::ZERO,
            outcome: Outcome::Ok,
            kind: QueryKind::User,
            connection: "main".to_owned(),
            database: None,
            transaction: 0,
            split_by_diesel: false,
        });
        self.push(sql, query);
        self
    }

    fn push(&mut self, sql: &str, query: QueryBuilder) {
        let snapshot = &mut self.snapshot;
        let known = self.texts.get(sql).copied();
        let statement = known.unwrap_or_else(|| {
            snapshot.statements.push(Statement::new(sql, self.dialect));
            StatementId(snapshot.statements.len() as u32 - 1)
        });
        if known.is_none() {
            self.texts.insert(sql.to_owned(), statement);
        }
        let (name, database) = (Some(query.connection), query.database);
        let is_known = |known: &Connection| known.name == name && known.database == database;
        let connection = snapshot.connections.iter().position(is_known).unwrap_or_else(|| {
            snapshot.connections.push(Connection { name, database, dialect: self.dialect, ..Connection::unknown() });
            snapshot.connections.len() - 1
        });
        let stack = (!query.frames.is_empty()).then(|| {
            *self.stacks.entry((query.frames, query.split_by_diesel)).or_insert_with_key(|(frames, split_by_diesel)| {
                let user_frames = frames.as_slice().into();
                snapshot.stacks.push(ResolvedStack { user_frames, split_by_diesel: *split_by_diesel });
                StackId(snapshot.stacks.len() as u32 - 1)
            })
        });
        let first_fact = snapshot.bind_facts.len() as u32;
        let (identity, trust) = identity_of_texts(&query.binds, &mut snapshot.bind_facts);
        let facts = (snapshot.bind_facts.len() as u32 - first_fact) as u16;
        self.clock += query.pause;
        let connection = ConnectionIndex(connection as u32);
        snapshot.queries.push(QueryRecord {
            statement,
            binds: Binds { identity, trust, first_fact, facts },
            started: self.clock,
            elapsed: query.elapsed,
            outcome: query.outcome,
            kind: query.kind,
            connection,
            transaction_depth: u32::from(query.transaction > 0),
            transaction: query.transaction,
            stack,
        });
        let finished = u64::from(query.outcome != Outcome::Unfinished);
        let failed = u64::from(matches!(query.outcome, Outcome::Err(_)));
        if query.kind == QueryKind::User {
            let number = *self.tallies.entry((statement, stack, connection)).or_insert_with(|| {
                snapshot.tallies.push(TallyEntry { statement, stack, connection, tally: Tally::default() });
                snapshot.tallies.len() - 1
            });
            let tally = &mut snapshot.tallies[number].tally;
            tally.started += 1;
            tally.finished += finished;
            tally.failed += failed;
            tally.elapsed += query.elapsed;
        }
        self.clock += query.elapsed;
    }

    /// The snapshot.
    pub fn build(mut self) -> Snapshot {
        self.snapshot.elapsed = self.clock;
        self.snapshot.finish()
    }
}
