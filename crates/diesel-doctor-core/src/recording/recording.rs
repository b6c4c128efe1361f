//! The tables of an open scope: distinct texts and stacks, samples, and totals. Their size is bounded whatever the program does.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use diesel_doctor_analysis::{
    BindFact, Binds, Connection, ConnectionId, ConnectionIndex, Dialect, Outcome, QueryKind, QueryRecord, StackId,
    StatementId, TallyEntry,
};
use foldhash::fast::RandomState;

use super::kind::kind;
use super::{Slot, Started, Totals};
use crate::doctor::blinding::Dropped;

/// How many distinct statement texts are kept. Queries with further texts only count in the totals.
const MAX_TEXTS: usize = 4_096;
/// How many bytes of statement texts are kept.
const MAX_TEXT_BYTES: usize = 4 << 20;
/// How many distinct call stacks are kept.
const MAX_STACKS: usize = 4_096;
/// How many distinct connections are kept.
const MAX_CONNECTIONS: usize = 1_024;
/// How many combinations of text, stack and connection have exact counts of their own.
const MAX_TALLIES: usize = 16_384;
/// How many samples of a scope are kept.
const MAX_QUERIES: usize = 32_768;
/// How many samples one combination may have, so that the first loop leaves room for the second.
const MAX_QUERIES_OF_TALLY: u64 = 16_384;
/// How many drops of instrumentations are kept. One replacement is enough to distrust the scope.
const MAX_DROPS: usize = 64;
/// How many bytes of a text are read to see how it begins.
const MAX_OPENING: usize = 256;
/// How many facts about binds are kept.
const MAX_BIND_FACTS: usize = 131_072;

/// The beginning of a text, up to its first number, string or `?`.
fn opening(sql: &str) -> &[u8] {
    let bytes = sql.as_bytes();
    let is_value = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'\'' | b'?');
    let end = bytes.iter().take(MAX_OPENING).position(is_value).unwrap_or(MAX_OPENING);
    bytes.get(..end).unwrap_or(bytes)
}

/// A distinct statement text.
#[derive(Debug)]
pub(crate) struct Text {
    pub sql: Box<str>,
    pub dialect: Dialect,
    kind: QueryKind,
}

/// The position of a query in the tables.
#[derive(Clone, Copy, Debug)]
struct Place {
    connection: Option<ConnectionIndex>,
    /// `None` when there is no room for its text or stack.
    kept: Option<Kept>,
    kind: QueryKind,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    statement: StatementId,
    stack: Option<StackId>,
    /// Only for the program's own queries.
    tally: Option<u32>,
}

/// How many recently used places are cached.
const RECENT: usize = 8;

/// The hashes of text and stack, and the connection.
type PlaceKey = (u64, u64, ConnectionId);

/// Everything that a scope keeps. Invariant: every index in a record or tally is valid in its table.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    text_ids: HashMap<(u64, Dialect), StatementId, RandomState>,
    stack_ids: HashMap<u64, StackId, RandomState>,
    connection_ids: HashMap<ConnectionId, ConnectionIndex, RandomState>,
    tally_ids: HashMap<(StatementId, Option<StackId>, ConnectionIndex), u32, RandomState>,
    text_bytes: usize,
    /// Hashes of the beginnings of all texts.
    openings: HashSet<u64, RandomState>,
    recent: [Option<(PlaceKey, Place)>; RECENT],
    pub(crate) texts: Vec<Text>,
    pub(crate) stacks: Vec<Box<[usize]>>,
    pub(crate) connections: Vec<(Connection, u64)>,
    pub(crate) tallies: Vec<TallyEntry>,
    /// The records. Their start times are set by [`Recording::settle`].
    pub(crate) queries: Vec<QueryRecord>,
    instants: Vec<Instant>,
    pub(crate) bind_facts: Vec<BindFact>,
    pub(crate) drops: Vec<Dropped>,
    pub(crate) totals: Totals,
}

impl Recording {
    /// Sets the start time of each record, relative to the opening of the scope, after the scope was closed. It also frees the
    /// lookup tables.
    pub(crate) fn settle(&mut self, opened: Instant) {
        self.text_ids = HashMap::default();
        self.stack_ids = HashMap::default();
        self.connection_ids = HashMap::default();
        self.tally_ids = HashMap::default();
        self.openings = HashSet::default();
        for (query, instant) in self.queries.iter_mut().zip(std::mem::take(&mut self.instants)) {
            query.started = instant.saturating_duration_since(opened);
        }
    }

    /// Whether the scope already ran this text, or one that is the same up to its first value and then has another literal or a
    /// list of another length.
    pub(crate) fn has_seen(&self, sql_hash: u64, sql: &str) -> bool {
        let is_recent = self.recent.iter().flatten().any(|((hash, ..), _)| *hash == sql_hash);
        is_recent || self.openings.contains(&self.opening(sql))
    }

    fn opening(&self, sql: &str) -> u64 {
        self.openings.hasher().hash_one(opening(sql))
    }

    /// Notes a connection: it is evidence that the scope saw a watched connection.
    pub(crate) fn touch(&mut self, connection: &Connection) -> Option<ConnectionIndex> {
        if let Some(&index) = self.connection_ids.get(&connection.id) {
            if let Some((known, _)) = self.connections.get_mut(index.get())
                && known != connection
            {
                known.clone_from(connection);
            }
            return Some(index);
        }
        if self.connections.len() >= MAX_CONNECTIONS {
            return None;
        }
        let index = ConnectionIndex::new(self.connections.len() as u32);
        self.connections.push((connection.clone(), 0));
        self.connection_ids.insert(connection.id, index);
        Some(index)
    }

    /// Counts a query that starts, and keeps a sample while there is room.
    pub(crate) fn start(&mut self, started: &Started<'_>) -> Slot {
        let Place { connection, kept, kind } = self.place(started);
        let kind = started.kind.unwrap_or(kind);
        let is_user = kind == QueryKind::User;
        *self.totals.of_kind(kind) += 1;
        self.totals.shielded_panics += u64::from(started.bind_panicked);
        if is_user && let Some((_, queries)) = connection.and_then(|index| self.connections.get_mut(index.get())) {
            *queries += 1;
        }
        let (Some(connection), Some(Kept { statement, stack, tally })) = (connection, kept) else {
            self.totals.dropped += u64::from(is_user);
            self.totals.unexamined += u64::from(is_user);
            return Slot { query: None, tally: None };
        };
        let tally = tally.filter(|_| is_user);
        let of_tally = tally.and_then(|tally| self.tallies.get_mut(tally as usize)).map_or(0, |entry| {
            entry.tally.started += 1;
            entry.tally.started
        });
        if self.queries.len() >= MAX_QUERIES || of_tally > MAX_QUERIES_OF_TALLY {
            self.totals.dropped += u64::from(is_user);
            return Slot { query: None, tally };
        }
        make_room(&mut self.queries);
        make_room(&mut self.bind_facts);
        make_room(&mut self.instants);
        let first_fact = self.bind_facts.len();
        let facts = if first_fact + started.facts.len() <= MAX_BIND_FACTS { started.facts } else { &[] };
        self.bind_facts.extend_from_slice(facts);
        self.instants.push(started.at);
        let binds = Binds::new(started.binds, started.trust, first_fact as u32, facts.len() as u16);
        let mut query = QueryRecord::new(statement, binds, kind, connection);
        query.transaction_depth = started.transaction_depth;
        query.transaction = started.transaction;
        query.stack = stack;
        self.queries.push(query);
        Slot { query: Some(self.queries.len() as u32 - 1), tally }
    }

    /// The position of a query in the tables. A loop repeats the same few queries from the same places, so recent results are
    /// cached.
    fn place(&mut self, started: &Started<'_>) -> Place {
        let stack_hash = if started.stack.is_empty() { 0 } else { self.stack_ids.hasher().hash_one(started.stack) };
        let key = (started.sql_hash, stack_hash, started.connection.id);
        let at = (started.sql_hash ^ stack_hash) as usize % RECENT;
        if let Some(Some((known, place))) = self.recent.get(at)
            && *known == key
        {
            return *place;
        }
        let place = self.look_up(started, stack_hash);
        if let Some(recent) = self.recent.get_mut(at) {
            *recent = Some((key, place));
        }
        place
    }

    /// Adds new texts, stacks and connections to the tables while there is room.
    fn look_up(&mut self, started: &Started<'_>, stack_hash: u64) -> Place {
        let connection = self.touch(started.connection);
        let (statement, kind) = self.statement(started);
        let mut kept = None;
        if let (Some(connection), Some(statement), Ok(stack)) =
            (connection, statement, self.stack(stack_hash, started.stack))
        {
            let tally = if kind == QueryKind::User { self.tally(statement, stack, connection) } else { None };
            if tally.is_some() || kind != QueryKind::User {
                kept = Some(Kept { statement, stack, tally });
            }
        }
        Place { connection, kept, kind }
    }

    /// Notes the stack at which a connection's instrumentation was dropped.
    pub(crate) fn note_drop(&mut self, dropped: &Dropped) {
        if self.drops.len() < MAX_DROPS {
            self.drops.push(dropped.clone());
        }
    }

    /// Notes the end of a query.
    pub(crate) fn finish(&mut self, slot: Slot, elapsed: Duration, outcome: Outcome) {
        let failed = u64::from(matches!(outcome, Outcome::Err(_)));
        self.totals.finished += 1;
        self.totals.failed += failed;
        self.totals.elapsed += elapsed;
        if let Some(TallyEntry { tally, .. }) = slot.tally.and_then(|tally| self.tallies.get_mut(tally as usize)) {
            tally.finished += 1;
            tally.failed += failed;
            tally.elapsed += elapsed;
        }
        if let Some(query) = slot.query.and_then(|query| self.queries.get_mut(query as usize)) {
            query.elapsed = elapsed;
            query.outcome = outcome;
        }
    }

    /// The number of a text, if there is room for it, and the kind of its queries.
    fn statement(&mut self, started: &Started<'_>) -> (Option<StatementId>, QueryKind) {
        let dialect = started.connection.dialect;
        if let Some(&id) = self.text_ids.get(&(started.sql_hash, dialect)) {
            return (Some(id), self.texts.get(id.get()).map_or(QueryKind::User, |text| text.kind));
        }
        let kind = kind(started.sql, dialect);
        if self.texts.len() >= MAX_TEXTS || self.text_bytes + started.sql.len() > MAX_TEXT_BYTES {
            return (None, kind);
        }
        let id = StatementId::new(self.texts.len() as u32);
        self.text_bytes += started.sql.len();
        self.texts.push(Text { sql: started.sql.into(), dialect, kind });
        self.text_ids.insert((started.sql_hash, dialect), id);
        self.openings.insert(self.opening(started.sql));
        (Some(id), kind)
    }

    /// The number of a stack; `Ok(None)` without a stack, an error when there is no room for it.
    fn stack(&mut self, hash: u64, addresses: &[usize]) -> Result<Option<StackId>, ()> {
        if addresses.is_empty() {
            return Ok(None);
        }
        if let Some(&id) = self.stack_ids.get(&hash) {
            return Ok(Some(id));
        }
        if self.stacks.len() >= MAX_STACKS {
            return Err(());
        }
        let id = StackId::new(self.stacks.len() as u32);
        self.stacks.push(addresses.into());
        self.stack_ids.insert(hash, id);
        Ok(Some(id))
    }

    fn tally(&mut self, statement: StatementId, stack: Option<StackId>, connection: ConnectionIndex) -> Option<u32> {
        let next = self.tallies.len() as u32;
        match self.tally_ids.entry((statement, stack, connection)) {
            Entry::Occupied(entry) => Some(*entry.get()),
            Entry::Vacant(_) if self.tallies.len() >= MAX_TALLIES => None,
            Entry::Vacant(entry) => {
                self.tallies.push(TallyEntry::new(statement, stack, connection));
                Some(*entry.insert(next))
            }
        }
    }
}

/// Makes room for at least sixteen more entries. The first step takes a few kilobytes. Further steps are so large that the
/// allocator maps separate pages: then growing copies nothing and leaves no holes between the program's small allocations.
#[inline]
fn make_room<T>(table: &mut Vec<T>) {
    const FIRST: usize = 8 << 10;
    const MORE: usize = 192 << 10;
    if table.capacity() - table.len() < 16 {
        let bytes = if table.capacity() == 0 { FIRST } else { (table.capacity() * size_of::<T>()).max(MORE) };
        table.reserve_exact(bytes / size_of::<T>());
    }
}
