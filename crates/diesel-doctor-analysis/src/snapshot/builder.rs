//! Builds snapshots by hand, for the tests of analyzers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use diesel_doctor_sql::{Dialect, Statement};

use super::Snapshot;
use crate::record::{
    Binds, Connection, ConnectionId, ConnectionIndex, Database, ErrorClass, Outcome, PrintedBinds, QueryKind,
    QueryRecord, ResolvedStack, SourceFrame, StackId, StatementId, Tables, TallyEntry,
};

/// A hasher whose hashes are equal in every run. Nothing here is secret.
type FixedHasher = BuildHasherDefault<DefaultHasher>;

/// Builds a snapshot by hand: for the tests of analyzers.
///
/// ```
/// use diesel_doctor_analysis::{SnapshotBuilder, Dialect};
///
/// let snapshot = SnapshotBuilder::new("page", Dialect::Sqlite)
///     .query("SELECT * FROM posts", |query| query.at("src/page.rs", 10, "page"))
///     .query("SELECT * FROM users WHERE id = ?", |query| query.binds(&["1"]).at("src/page.rs", 12, "page"))
///     .build();
/// assert_eq!(snapshot.queries().len(), 2);
/// ```
#[derive(Debug)]
pub struct SnapshotBuilder {
    tables: Tables,
    dialect: Dialect,
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

    /// Adds a user frame. The first call names the innermost one, further calls its callers.
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

    /// Why it was made.
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

    /// The URL of the database that its connection uses. By default, connections with one name use one database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(Database::from_url(url, &FixedHasher::default()));
        self
    }

    /// The number of the transaction in which it ran.
    #[must_use]
    pub fn transaction(mut self, number: u32) -> Self {
        self.transaction = number;
        self
    }

    /// Marks that Diesel split one call of the user's code into several statements.
    #[must_use]
    pub fn split_by_diesel(mut self) -> Self {
        self.split_by_diesel = true;
        self
    }
}

impl SnapshotBuilder {
    /// An empty snapshot of a scope.
    pub fn new(scope: &str, dialect: Dialect) -> Self {
        Self {
            tables: Tables { scope: scope.to_owned(), ..Tables::default() },
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
        let tables = &mut self.tables;
        let known = self.texts.get(sql).copied();
        let statement = known.unwrap_or_else(|| {
            tables.statements.push(Statement::new(sql, self.dialect));
            StatementId::new(tables.statements.len() as u32 - 1)
        });
        if known.is_none() {
            self.texts.insert(sql.to_owned(), statement);
        }
        let (name, database) = (Some(query.connection), query.database);
        let is_known = |known: &Connection| known.name == name && known.database == database;
        let connection = tables.connections.iter().position(is_known).unwrap_or_else(|| {
            let id = ConnectionId::new(tables.connections.len() as u64 + 1);
            tables.connections.push(Connection { name, database, dialect: self.dialect, ..Connection::new(id) });
            tables.connections.len() - 1
        });
        let stack = (!query.frames.is_empty()).then(|| {
            *self.stacks.entry((query.frames, query.split_by_diesel)).or_insert_with_key(|(frames, split_by_diesel)| {
                let user_frames = frames.as_slice().into();
                tables.stacks.push(ResolvedStack { user_frames, split_by_diesel: *split_by_diesel });
                StackId::new(tables.stacks.len() as u32 - 1)
            })
        });
        let first_fact = tables.bind_facts.len() as u32;
        let printed = format!("[{}]", query.binds.join(", "));
        let (identity, trust) = PrintedBinds::whole(&printed).read(&FixedHasher::default(), &mut tables.bind_facts);
        let facts = (tables.bind_facts.len() as u32 - first_fact) as u16;
        self.clock += query.pause;
        let connection = ConnectionIndex::new(connection as u32);
        let binds = Binds::new(identity, trust, first_fact, facts);
        tables.queries.push(QueryRecord {
            started: self.clock,
            elapsed: query.elapsed,
            outcome: query.outcome,
            transaction_depth: u32::from(query.transaction > 0),
            transaction: query.transaction,
            stack,
            ..QueryRecord::new(statement, binds, query.kind, connection)
        });
        let finished = u64::from(query.outcome != Outcome::Unfinished);
        let failed = u64::from(matches!(query.outcome, Outcome::Err(_)));
        if query.kind == QueryKind::User {
            let number = *self.tallies.entry((statement, stack, connection)).or_insert_with(|| {
                tables.tallies.push(TallyEntry::new(statement, stack, connection));
                tables.tallies.len() - 1
            });
            let tally = &mut tables.tallies[number].tally;
            tally.started += 1;
            tally.finished += finished;
            tally.failed += failed;
            tally.elapsed += query.elapsed;
        }
        self.clock += query.elapsed;
    }

    /// The finished snapshot.
    pub fn build(mut self) -> Snapshot {
        self.tables.elapsed = self.clock;
        Snapshot::new(self.tables)
    }
}
