//! Tells a program that polls for a change from one that asks too often.

use std::time::Duration;

use diesel_doctor_sql::Statement;

use crate::record::QueryKind;
use crate::snapshot::Snapshot;

/// A pause that comes from a timer, not from a loop over rows: the shortest usual sleep.
const PAUSE: Duration = Duration::from_millis(10);

/// Fewer repetitions than this do not show a rhythm.
const MIN_ROUNDS: usize = 3;

/// The search for other queries between two rounds stops after this many records. A program that polls makes few.
const MAX_BETWEEN: usize = 64;

/// Whether these queries came one after another, each after a pause in which the connection asked nothing else. The indices must be
/// ascending.
pub(super) fn is_polling(snapshot: &Snapshot, queries: &[u32]) -> bool {
    queries.len() >= MIN_ROUNDS
        && queries
            .windows(2)
            .all(|pair| matches!(pair, &[one, next] if is_pause(snapshot, one as usize, next as usize)))
}

fn is_pause(snapshot: &Snapshot, one: usize, next: usize) -> bool {
    let all = snapshot.queries();
    let (Some(first), Some(second)) = (all.get(one), all.get(next)) else { return false };
    let pause = second.started.saturating_sub(first.started).saturating_sub(first.elapsed);
    let between = all.get(one + 1..next).unwrap_or_default();
    pause >= PAUSE
        && between.len() <= MAX_BETWEEN
        && !between.iter().any(|query| query.kind == QueryKind::User && query.connection == first.connection)
}

/// Whether a statement takes rows that no other connection has locked (`SKIP LOCKED`): a worker takes its next job, one at a time.
pub(super) fn takes_from_queue(statement: &Statement) -> bool {
    let mut words = statement.normalized().split(' ');
    words.any(|word| word.eq_ignore_ascii_case("SKIP"))
        && words.next().is_some_and(|word| word.trim_end_matches(')').eq_ignore_ascii_case("LOCKED"))
}
