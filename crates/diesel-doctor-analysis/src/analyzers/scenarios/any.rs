//! Properties that the findings of every scope have.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::record::QueryKind;
use crate::snapshot::SnapshotBuilder;

const TEXTS: [&str; 14] = [
    "SELECT * FROM users WHERE id = ?",
    "SELECT * FROM users WHERE id IN (?, ?)",
    "SELECT * FROM users WHERE id = ANY(?)",
    "SELECT * FROM posts WHERE id > ? LIMIT ?",
    "SELECT * FROM posts, users",
    "SELECT now(), '",
    "UPDATE users SET name = ? WHERE id = ?",
    "INSERT INTO posts (a) VALUES (?)",
    "DELETE FROM posts WHERE id = 7",
    "SET search_path TO a",
    "COMMIT",
    "ROLLBACK",
    "CALL everything()",
    "",
];

const BINDS: [&[&str]; 6] = [&[], &["1"], &["2", "1"], &["[1, 2]", "***"], &["\"a\"", "3"], &["[]"]];

type Query = (usize, usize, Vec<u32>, u8, u64);

fn snapshot_of(queries: &[Query]) -> Snapshot {
    let add = |builder: SnapshotBuilder, (text, binds, lines, flags, pause): &Query| {
        builder.query(TEXTS[*text], |query| {
            let query = lines.iter().fold(query, |query, line| query.at("src/main.rs", *line, "main"));
            let query =
                query.binds(BINDS[*binds]).after(Duration::from_millis(*pause)).transaction(u32::from(flags / 64));
            let query = if flags & 0b1 > 0 { query.connection("other") } else { query };
            let query = if flags & 0b1110 == 0b1110 { query.failed("Error") } else { query };
            let query = if flags & 0b1110 == 0b0010 { query.unfinished() } else { query };
            let query = if flags & 0b11_0000 == 0b11_0000 { query.kind(QueryKind::Transaction) } else { query };
            if flags & 0b11_0000 == 0b01_0000 { query.split_by_diesel() } else { query }
        })
    };
    queries.iter().fold(SnapshotBuilder::new("any", Dialect::Unknown), add).build()
}

proptest! {
    #[test]
    fn no_query_is_explained_twice_and_counts_add_up(
        queries in prop::collection::vec((0..TEXTS.len(), 0..BINDS.len(), prop::collection::vec(1..4_u32, 0..3), any::<u8>(), 0..30_u64), 0..60)
    ) {
        let snapshot = snapshot_of(&queries);
        for found in [findings(&snapshot), findings_of(&for_production(), &snapshot)] {
            let mut explained = HashSet::new();
            for finding in &found {
                prop_assert!(finding.evidence.is_sorted() && !finding.evidence.is_empty());
                prop_assert!(finding.evidence.len() as u64 <= finding.queries);
                for &query in &finding.evidence {
                    prop_assert!(explained.insert(query), "{query} is in two of {:?}", told(&found));
                    prop_assert!(snapshot.queries()[query as usize].is_answered_user_query());
                }
            }
        }
        prop_assert_eq!(told(&findings(&snapshot)), told(&findings(&snapshot_of(&queries))));
    }
}

#[test]
fn such_scopes_have_findings() {
    let queries: Vec<Query> = (0..60).map(|at| (0, at % 3, vec![1], 0, 0)).collect();
    assert_eq!(findings(&snapshot_of(&queries)).len(), 1);
}
