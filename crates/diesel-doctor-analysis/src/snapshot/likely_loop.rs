//! Which of the user's frames probably holds the loop.

use crate::record::{QueryRecord, SourceFrame, Tables};

/// To find the query that fetched the parents, so many records before a group's first are looked at.
const MAX_LOOK_BACK: usize = 64;

/// The frame that probably holds the loop: the innermost whose function also led to the query before the group, which fetched the parents.
pub(super) fn likely_loop(tables: &Tables, group: &[u32], frames: &[SourceFrame]) -> Option<usize> {
    let first = *group.first()? as usize;
    let fingerprint = |query: &QueryRecord| tables.statement(query).fingerprint();
    let own = fingerprint(tables.queries.get(first)?);
    let parent = tables
        .queries
        .get(..first)?
        .iter()
        .rev()
        .take(MAX_LOOK_BACK)
        .find(|query| query.is_answered_user_query() && fingerprint(query) != own)?;
    let parent = &tables.stack(parent)?.user_frames;
    frames.iter().position(|frame| {
        !frame.function.is_empty()
            && parent.iter().any(|other| other.function == frame.function && other.file == frame.file)
    })
}
