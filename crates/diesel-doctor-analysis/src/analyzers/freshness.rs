//! Decides whether a read could have another answer than the same read before, because of writes, commits, rollbacks or settings in
//! between.
//!
//! When in doubt it assumes a change: a statement that is not understood counts as a write to every table, and a read that is not
//! understood is affected by every write.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use diesel_doctor_sql::Fingerprint;

use super::effect::Effect;
use crate::record::{ConnectionIndex, Outcome, QueryKind, QueryRecord, StackId, StatementId, Trust};
use crate::snapshot::{Snapshot, databases};

/// What the queries up to some point may have changed.
#[derive(Debug)]
pub(super) struct Freshness<'a> {
    snapshot: &'a Snapshot,
    databases: Vec<u32>,
    /// The effect of each statement, by its index.
    effects: Vec<Rc<Effect<'a>>>,
    /// The number of the latest query, from 1.
    now: u32,
    /// The last kept samples of statements that ran more often than they were recorded, by query number.
    last_samples: HashSet<u32>,
    /// When a table of a database was last written; `None` stands for all its tables.
    written: HashMap<(u32, Option<&'a str>), Change>,
    /// When anything in a database was last written.
    latest: HashMap<u32, Change>,
    connections: Vec<Session<'a>>,
}

/// When something changed.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// The number of the query that changed it.
    at: u32,
    /// When that query ended.
    until: Duration,
}

impl Change {
    fn later(self, other: Self) -> Self {
        Self { at: self.at.max(other.at), until: self.until.max(other.until) }
    }
}

/// What happened on a connection so far.
#[derive(Clone, Debug, Default)]
struct Session<'a> {
    /// A hash over all settings made on it, in order.
    settings: u64,
    /// Tables that its open transaction wrote. Other connections do not see these writes yet.
    uncommitted: HashSet<Option<&'a str>>,
}

impl<'a> Freshness<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut known: HashMap<Fingerprint, Rc<Effect<'a>>> = HashMap::new();
        let effects = snapshot.tables().statements.iter().map(|statement| {
            Rc::clone(known.entry(statement.fingerprint()).or_insert_with(|| Rc::new(Effect::of(statement))))
        });
        Self {
            effects: effects.collect(),
            databases: databases(snapshot.tables()),
            now: 0,
            last_samples: last_samples(snapshot),
            written: HashMap::new(),
            latest: HashMap::new(),
            connections: vec![Session::default(); snapshot.tables().connections.len()],
            snapshot,
        }
    }

    /// Takes in the next query.
    pub(super) fn see(&mut self, query: &QueryRecord) {
        self.now = self.now.saturating_add(1);
        if matches!(query.kind, QueryKind::Ping | QueryKind::TypeLookup) {
            return;
        }
        let Some(effect) = self.effect(query).cloned() else { return };
        match *effect {
            Effect::Write(table) => self.write(query, Some(table)),
            Effect::WriteAny => self.write(query, None),
            Effect::Commit => {
                let session = self.connections.get_mut(query.connection.get());
                for table in session.map(|session| std::mem::take(&mut session.uncommitted)).unwrap_or_default() {
                    self.change(query, table);
                }
            }
            Effect::Set => {
                let setting =
                    self.snapshot.statement(query).fingerprint().as_u64() ^ self.snapshot.argument_identity(query);
                if let Some(session) = self.connections.get_mut(query.connection.get()) {
                    session.settings = (session.settings.rotate_left(7) ^ setting).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                }
            }
            Effect::Read(_) | Effect::ReadUnknown | Effect::Volatile | Effect::Nothing => {}
        }
    }

    /// A write counts even when it failed or its end was not seen: it may have changed rows.
    fn write(&mut self, query: &QueryRecord, table: Option<&'a str>) {
        self.change(query, table);
        let session = self.connections.get_mut(query.connection.get());
        if let Some(session) = session.filter(|_| query.transaction > 0) {
            session.uncommitted.insert(table);
        }
    }

    fn change(&mut self, query: &QueryRecord, table: Option<&'a str>) {
        let database = self.database(query);
        let ends = query.outcome != Outcome::Unfinished;
        let change = Change {
            at: if self.last_samples.contains(&self.now) { u32::MAX } else { self.now },
            until: if ends { query.started.saturating_add(query.elapsed) } else { Duration::MAX },
        };
        for of in
            [self.written.entry((database, table)).or_insert(change), self.latest.entry(database).or_insert(change)]
        {
            *of = of.later(change);
        }
    }

    /// Whether asking again gives the same answer while nothing changes. The binds must be known exactly.
    pub(super) fn is_repeatable(&self, query: &QueryRecord) -> bool {
        let is_read = |effect: &Rc<Effect<'_>>| matches!(**effect, Effect::Read(_) | Effect::ReadUnknown);
        query.binds.trust() == Trust::Exact && self.effect(query).is_some_and(is_read)
    }

    /// Whether the answer to `query`, the latest one, may differ from the answer at the query of this index.
    pub(super) fn has_changed_since(&self, query: &QueryRecord, index: u32) -> bool {
        let Some(before) = self.snapshot.queries().get(index as usize) else { return true };
        let database = self.database(query);
        let changed = |change: Option<&Change>| {
            change.is_some_and(|change| change.at > index + 1 || change.until > before.started)
        };
        if !changed(self.latest.get(&database)) {
            return false;
        }
        let written = |table| changed(self.written.get(&(database, table)));
        match self.effect(query).map(|effect| &**effect) {
            Some(Effect::Read(tables)) => written(None) || tables.iter().any(|&table| written(Some(table))),
            _ => true,
        }
    }

    /// The number of the database that a query went to.
    pub(super) fn database(&self, query: &QueryRecord) -> u32 {
        self.databases.get(query.connection.get()).copied().unwrap_or(0)
    }

    /// A hash of the settings on the query's connection: equal hashes mean the same settings in the same order.
    pub(super) fn settings(&self, query: &QueryRecord) -> u64 {
        self.connections.get(query.connection.get()).map_or(0, |session| session.settings)
    }

    fn effect(&self, query: &QueryRecord) -> Option<&Rc<Effect<'a>>> {
        self.effects.get(query.statement.get())
    }
}

/// The query numbers of the last samples of statements that ran more often than they were recorded. The runs without a record may
/// have come at any time after that sample.
fn last_samples(snapshot: &Snapshot) -> HashSet<u32> {
    let mut samples: HashMap<(StatementId, Option<StackId>, ConnectionIndex), (u64, u32)> = HashMap::new();
    for (number, query) in (1..).zip(snapshot.queries()) {
        let (count, last) = samples.entry((query.statement, query.stack, query.connection)).or_default();
        *count += 1;
        *last = number;
    }
    let of_tally = snapshot.tables().tallies.iter().filter_map(|entry| {
        let (count, last) = samples.get(&(entry.statement, entry.stack, entry.connection))?;
        (*count < entry.tally.started).then_some(*last)
    });
    of_tally.collect()
}
