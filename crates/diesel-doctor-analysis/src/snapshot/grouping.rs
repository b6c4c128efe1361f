//! Groups queries: the same statement, on the same database, from the same place in the user's code.
//!
//! "The same place" means the user's line and the callers that led to it. Recursion is folded, so a tree walk is one place at any
//! depth. Two paths are also the same place when one of them only has extra frames, as in a first round through a lazy
//! initialisation. Two callers that reach a helper from different lines stay apart.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use diesel_doctor_sql::{Fingerprint, Statement};

use super::Group;
use super::likely_loop::likely_loop;
use super::paths::{Paths, Place, is_subsequence};
use crate::record::{CallSite, Connection, ConnectionIndex, Outcome, QueryKind, SourceFrame, StatementId, Tables};

/// After this many distinct paths to one line, only equal paths are joined: comparing each with each takes quadratic time.
const MAX_COMPARED_PATHS: usize = 64;

/// For each connection the number of its database: equal numbers mean the same data.
pub(crate) fn databases(tables: &Tables) -> Vec<u32> {
    numbered(tables.connections.iter().map(Connection::identity))
}

/// Groups the program's own finished queries.
pub(super) fn group(tables: &Tables) -> Vec<Group> {
    let paths = Paths::of(tables);
    let databases = databases(tables);
    let fingerprints: Vec<Fingerprint> = tables.statements.iter().map(Statement::fingerprint).collect();
    let key = |statement: StatementId, connection: ConnectionIndex, stack| {
        (fingerprints[statement.get()], databases[connection.get()], paths.place(stack))
    };

    let mut buckets: HashMap<(Fingerprint, u32, Place), Bucket> = HashMap::new();
    for (index, query) in tables.queries.iter().enumerate() {
        if query.kind == QueryKind::User && query.outcome != Outcome::Unfinished {
            let bucket = buckets.entry(key(query.statement, query.connection, query.stack)).or_default();
            bucket.queries.push(index as u32);
        }
    }
    for entry in &tables.tallies {
        // Without a sample there is nothing to show. These queries still count in the totals and among the dropped ones.
        if let Some(bucket) = buckets.get_mut(&key(entry.statement, entry.connection, entry.stack)) {
            bucket.count += entry.tally.finished;
            bucket.failed += entry.tally.failed;
            bucket.elapsed += entry.tally.elapsed;
        }
    }

    let placed = join_places(buckets, &paths);
    let mut groups: Vec<Group> = join_unplaced(placed).into_iter().map(|bucket| bucket.into_group(tables)).collect();
    groups.sort_by_key(|group| group.queries.first().copied());
    groups
}

#[derive(Default)]
struct Bucket {
    queries: Vec<u32>,
    count: u64,
    failed: u64,
    elapsed: Duration,
}

impl Bucket {
    fn absorb(&mut self, other: Self) {
        self.queries.extend(other.queries);
        self.count += other.count;
        self.failed += other.failed;
        self.elapsed += other.elapsed;
    }

    /// Index of the first sample from here.
    fn first(&self) -> Option<u32> {
        self.queries.iter().min().copied()
    }

    fn into_group(mut self, tables: &Tables) -> Group {
        self.queries.sort_unstable();
        let records = || self.queries.iter().filter_map(|&index| tables.queries.get(index as usize));
        let statement = records().next().map_or(StatementId::new(0), |query| query.statement);
        // The longest path names the most callers. Among equal lengths the latest is taken, because it is not from the first round.
        let shown = records().filter_map(|query| tables.stack(query)).max_by_key(|stack| stack.user_frames.len());
        let site = shown.filter(|stack| !stack.user_frames.is_empty()).map(|stack| CallSite {
            likely_loop: (self.count > 1).then(|| likely_loop(tables, &self.queries, &stack.user_frames)).flatten(),
            ..CallSite::new(stack.user_frames.clone())
        });
        Group {
            fingerprint: tables.statements[statement.get()].fingerprint(),
            statement,
            count: self.count,
            failed: self.failed,
            elapsed: self.elapsed,
            split_by_diesel: shown.is_some_and(|stack| stack.split_by_diesel),
            site,
            queries: self.queries,
        }
    }
}

/// A statement's fingerprint, and the number of its database.
type Subject = (Fingerprint, u32);

/// A bucket of one place, and whether its queries have a stack.
struct Placed {
    subject: Subject,
    bucket: Bucket,
    has_stack: bool,
}

/// Joins buckets of one statement that lead to the same line and whose paths differ only by extra frames.
fn join_places(buckets: HashMap<(Fingerprint, u32, Place), Bucket>, paths: &Paths<'_>) -> Vec<Placed> {
    let mut joined = Vec::with_capacity(buckets.len());
    let mut by_line: HashMap<(Subject, &SourceFrame), Vec<(u32, Bucket)>> = HashMap::new();
    for ((fingerprint, database, place), bucket) in buckets {
        let subject = (fingerprint, database);
        let path = if let Place::Path(number) = place { Some(number) } else { None };
        match path.and_then(|number| Some((number, *paths.path(number).first()?))) {
            Some((number, line)) => by_line.entry((subject, line)).or_default().push((number, bucket)),
            None => joined.push(Placed { subject, bucket, has_stack: place != Place::Unknown }),
        }
    }
    for ((subject, _), mut alike) in by_line {
        // The longest path comes first, because shorter ones can be part of it. Ties are settled by number, so that the result is
        // always the same.
        alike.sort_by_key(|(number, _)| (std::cmp::Reverse(paths.path(*number).len()), *number));
        let mut kept: Vec<(u32, Bucket)> = Vec::new();
        for (number, bucket) in alike {
            let host = kept
                .iter_mut()
                .take(MAX_COMPARED_PATHS)
                .find(|(host, _)| is_subsequence(paths.path(number), paths.path(*host)));
            match host {
                Some((_, host)) => host.absorb(bucket),
                None => kept.push((number, bucket)),
            }
        }
        joined.extend(kept.into_iter().map(|(_, bucket)| Placed { subject, bucket, has_stack: true }));
    }
    joined
}

/// Gives queries without a stack to the place that asked first, if that place asked more often. When stacks are captured from the
/// second time on, the query without one is the first round of a loop.
fn join_unplaced(buckets: Vec<Placed>) -> Vec<Bucket> {
    let (mut placed, unplaced): (Vec<Placed>, Vec<Placed>) = buckets.into_iter().partition(|bucket| bucket.has_stack);
    placed.sort_by_key(|placed| placed.bucket.first());
    let mut first: HashMap<Subject, usize> = HashMap::new();
    for (at, placed) in placed.iter().enumerate() {
        first.entry(placed.subject).or_insert(at);
    }
    let mut apart = Vec::new();
    for Placed { subject, bucket, .. } in unplaced {
        match first.get(&subject).and_then(|&at| placed.get_mut(at)) {
            Some(host) if host.bucket.count > bucket.count => host.bucket.absorb(bucket),
            _ => apart.push(bucket),
        }
    }
    placed.into_iter().map(|placed| placed.bucket).chain(apart).collect()
}

/// Gives each thing a number; equal things get equal numbers.
fn numbered<T: Eq + Hash>(things: impl Iterator<Item = T>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    things
        .map(|thing| {
            let next = numbers.len() as u32;
            *numbers.entry(thing).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use diesel_doctor_sql::Dialect;

    use crate::{QueryBuilder, SnapshotBuilder};

    /// Checks how many queries each group has when these places ask; a place is its lines, the innermost first.
    #[track_caller]
    fn check(places: &[&[u32]], expected: &[u64]) {
        let mut builder = SnapshotBuilder::new("test", Dialect::Sqlite);
        for place in places {
            let frame = |query: QueryBuilder, line: &u32| query.at("src/main.rs", *line, &format!("f{line}"));
            builder = builder.query("SELECT 1", |query| place.iter().fold(query, frame));
        }
        let snapshot = builder.build();
        let counts: Vec<u64> = snapshot.groups().iter().map(|group| group.count).collect();
        assert_eq!(counts, expected, "{places:?}");
        assert!(snapshot.groups().iter().all(|group| group.queries.is_sorted()));
    }

    #[test]
    fn one_line_by_the_same_callers_is_one_place() {
        check(&[&[1, 9], &[1, 9], &[1, 9]], &[3]);
        check(&[&[1, 9], &[2, 9]], &[1, 1]);
        check(&[&[1, 8], &[1, 9]], &[1, 1]);
    }

    #[test]
    fn frames_that_stand_between_others_do_not_make_another_place() {
        check(&[&[1, 5, 9], &[1, 9], &[1, 9]], &[3]);
        check(&[&[1, 9], &[1, 9], &[1, 5, 9]], &[3]);
        check(&[&[1, 5, 9], &[1, 6, 9]], &[1, 1]);
    }

    #[test]
    fn recursion_of_any_depth_is_one_place() {
        check(&[&[1, 9], &[1, 3, 9], &[1, 3, 3, 9], &[1, 3, 3, 3, 9]], &[4]);
    }

    #[test]
    fn a_first_time_without_a_stack_belongs_to_the_place_that_asks_again() {
        check(&[&[], &[1], &[1]], &[3]);
        check(&[&[], &[1], &[1], &[2], &[2], &[2]], &[3, 3]);
        check(&[&[], &[], &[1], &[1]], &[2, 2]);
        check(&[&[], &[]], &[2]);
    }
}
