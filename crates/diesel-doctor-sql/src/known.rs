//! What the process keeps of texts and statements, so that a text that is known is not understood again.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use crate::cache::Cache;
use crate::normalizer::normalize;
use crate::statement::Analysis;
use crate::{Dialect, Fingerprint, Statement, recent};

/// Longer texts are not kept, in bytes.
const LONGEST_KEPT_TEXT: usize = 4 * 1024;

/// Longer canonical texts are not kept, in bytes.
const LONGEST_KEPT_STATEMENT: usize = 16 * 1024;

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known {
    keys: RandomState::new(),
    hasher: foldhash::fast::RandomState::default(),
    texts: Cache::with_sets(256),
    variants: Cache::with_sets(64),
    analyses: Cache::with_sets(512),
});

/// What the process keeps.
struct Known {
    /// Of literals: they cannot be found out from their hash.
    keys: RandomState,
    /// Of texts: fast, and keyed, so that nobody can choose texts that meet.
    hasher: foldhash::fast::RandomState,
    texts: Cache<Statement>,
    /// Texts with literals, lists or comments, apart: there can be endlessly many, and they must not push out the others.
    variants: Cache<Statement>,
    analyses: Cache<Arc<Analysis>>,
}

/// Whether a text was known already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    First,
    Before,
}

impl Statement {
    /// Understands a text. Any text gives a statement; nothing is parsed until the shape, the level or the summary is asked for.
    ///
    /// What is known of recent texts and statements is kept for the process, within bounds.
    pub fn new(sql: &str, dialect: Dialect) -> Self {
        if let Some(statement) = recent::get(sql, dialect) {
            return statement;
        }
        let (statement, known) = Self::shared(sql, dialect, &KNOWN);
        if known == Seen::Before || !statement.is_variant() {
            recent::insert(sql, &statement);
        }
        statement
    }

    /// Looks among the texts of all threads.
    fn shared(sql: &str, dialect: Dialect, known: &Known) -> (Self, Seen) {
        if sql.len() > LONGEST_KEPT_TEXT {
            return (Self::of(sql, dialect, known), Seen::First);
        }
        let hash = known.hasher.hash_one(sql) ^ dialect as u64;
        let is = |statement: &Self| statement.is_of(sql, dialect);
        if let Some(statement) = known.texts.get(hash, is).or_else(|| known.variants.get(hash, is)) {
            return (statement, Seen::Before);
        }
        let statement = Self::of(sql, dialect, known);
        if statement.is_variant() { &known.variants } else { &known.texts }.insert(hash, statement.clone());
        (statement, Seen::First)
    }

    fn of(sql: &str, dialect: Dialect, known: &Known) -> Self {
        let normalized = normalize(sql, dialect, &known.keys);
        let fingerprint = Fingerprint::of(&normalized.canonical);
        let hash = fingerprint.as_u64() ^ dialect as u64;
        let is = |analysis: &Arc<Analysis>| analysis.is_of(&normalized.canonical, dialect);
        let analysis = known.analyses.get(hash, is).unwrap_or_else(|| {
            let analysis = Arc::new(Analysis::of(&normalized, fingerprint, dialect));
            if normalized.canonical.len() <= LONGEST_KEPT_STATEMENT {
                known.analyses.insert(hash, Arc::clone(&analysis));
            }
            analysis
        });
        let kept = if sql.len() <= LONGEST_KEPT_TEXT { sql } else { "" };
        Self::with(analysis, sql, kept, normalized)
    }
}
