//! Which of the user's frames probably holds the loop.

use crate::record::{QueryRecord, SourceFrame, Tables};

/// How many records before a group's first are searched for the query that fetched the parents.
const MAX_LOOK_BACK: usize = 64;

/// Index of the frame that probably holds the loop. The query before the group probably fetched the parents; the innermost function
/// that both have on their stack is taken.
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
