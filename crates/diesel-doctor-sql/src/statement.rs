//! A statement: a text, its canonical form, its fingerprint and its shape.

use std::fmt;
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::normalizer::{BindRun, Normalized};
use crate::shape::{Canonical, Tree, parse, summary};
use crate::{Dialect, Fingerprint, Operation, Shape};

/// How far a text was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// It parsed: there is a shape.
    Parsed,
    /// It was cut into tokens, but the parser does not know its syntax.
    Tokens,
    /// A quote or comment in it never ends: from there on it is one `?`.
    Bytes,
}

impl Level {
    /// The level as a lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parsed => "parsed",
            Self::Tokens => "tokens",
            Self::Bytes => "bytes",
        }
    }
}

/// A statement. Cloning it is cheap.
///
/// ```
/// use diesel_doctor_sql::{Dialect, Statement};
///
/// let one = Statement::new("SELECT * FROM users WHERE id IN (1, 2)", Dialect::Unknown);
/// let other = Statement::new("select * from `users` where id in (?, ?, ?)", Dialect::Unknown);
/// assert_eq!(one.fingerprint(), other.fingerprint());
/// assert_eq!(one.normalized(), "SELECT * FROM users WHERE id IN (?)");
/// assert_eq!(other.list_lengths(), [3]);
/// ```
#[derive(Clone)]
pub struct Statement(Arc<Text>);

/// What is known of one text.
struct Text {
    analysis: Arc<Analysis>,
    /// The text itself, to tell it from others with its hash; empty where it is too long to be kept.
    sql: Box<str>,
    broken: bool,
    binds: Box<[BindRun]>,
    lists: Box<[u32]>,
    literals: Option<NonZeroU64>,
    limit: Option<u64>,
    hints: Box<[Box<str>]>,
    json_keys: Box<[Box<str>]>,
    commented: bool,
    shape: OnceLock<Option<Shape>>,
}

/// What is known of all texts with one fingerprint.
pub(crate) struct Analysis {
    canonical: Box<str>,
    slots: Box<[u32]>,
    /// Where each collapsed list starts.
    lists: Box<[u32]>,
    fingerprint: Fingerprint,
    dialect: Dialect,
    operation: Operation,
    parsed: OnceLock<Parsed>,
}

struct Parsed {
    tree: Option<Arc<Tree>>,
    summary: Box<str>,
}

impl Statement {
    /// Whether it is the statement of a text, which is one that is kept.
    pub(crate) fn is_of(&self, sql: &str, dialect: Dialect) -> bool {
        *self.0.sql == *sql && self.0.analysis.dialect == dialect
    }

    /// A text of a known statement; `kept` is the text, or empty where it is too long to be kept.
    pub(crate) fn with(analysis: Arc<Analysis>, sql: &str, kept: &str, normalized: Normalized) -> Self {
        Self(Arc::new(Text {
            analysis,
            sql: kept.into(),
            broken: normalized.broken,
            binds: normalized.binds.into(),
            lists: normalized.lists.into(),
            literals: normalized.literals.and_then(NonZeroU64::new),
            limit: normalized.limit,
            hints: parts(sql, normalized.hints),
            json_keys: parts(sql, normalized.json_keys),
            commented: normalized.commented,
            shape: OnceLock::new(),
        }))
    }

    /// Whether the text is one of possibly endlessly many of its statement.
    pub(crate) fn is_variant(&self) -> bool {
        self.0.literals.is_some() || self.0.commented || self.0.lists.iter().any(|&elements| elements > 1)
    }

    /// The canonical text, without the values of literals. Names are in it, also those that SQLite would take for a string in the end: where
    /// no column is called `bob`, it reads `"bob"` as one.
    pub fn normalized(&self) -> &str {
        &self.0.analysis.canonical
    }

    /// The fingerprint: equal for all texts with one canonical form.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.analysis.fingerprint
    }

    /// The dialect it was read in.
    pub fn dialect(&self) -> Dialect {
        self.0.analysis.dialect
    }

    /// How far the text was understood.
    pub fn level(&self) -> Level {
        if self.0.broken {
            Level::Bytes
        } else if self.0.analysis.parsed().tree.is_some() {
            Level::Parsed
        } else {
            Level::Tokens
        }
    }

    /// What it touches and how; `None` unless it [parsed](Level::Parsed).
    pub fn shape(&self) -> Option<&Shape> {
        let text = &*self.0;
        if text.broken {
            return None;
        }
        let shape = text.shape.get_or_init(|| {
            let tree = text.analysis.parsed().tree.clone()?;
            let list = tree.batch_list.as_ref().and_then(|places| text.analysis.list_in(places));
            let length = list.and_then(|list| text.lists.get(list));
            Some(Shape::new(Arc::clone(&tree), text.binds.clone(), length.copied(), text.limit))
        });
        shape.as_ref()
    }

    /// What it does. Known at every level; of several statements, what the first one does.
    pub fn operation(&self) -> Operation {
        self.0.analysis.operation
    }

    /// A summary in the manner of OpenTelemetry's `db.query.summary`: operations and tables in source order, at most 255 bytes. Names are without
    /// their quotes, unless there is a space in them. Without a shape it is the statement's verb alone.
    pub fn summary(&self) -> &str {
        &self.0.analysis.parsed().summary
    }

    /// A hash of the literals in the text, in order; `None` without any. It is keyed per process and cannot be compared across.
    pub fn literals(&self) -> Option<NonZeroU64> {
        self.0.literals
    }

    /// How many elements each collapsed list has (`IN`, `ARRAY`, rows of `VALUES`), in order of appearance.
    pub fn list_lengths(&self) -> &[u32] {
        &self.0.lists
    }

    /// The optimizer hints (`/*+ … */`) of the text, which the fingerprint leaves out. They are raw: they may hold literals.
    pub fn hints(&self) -> impl Iterator<Item = &str> {
        self.0.hints.iter().map(AsRef::as_ref)
    }

    /// The literal keys that the text asks JSON for (`-> 'key'`, `#>> '{a,b}'`), as they are written, at most 16. The fingerprint leaves them
    /// out.
    pub fn json_keys(&self) -> impl Iterator<Item = &str> {
        self.0.json_keys.iter().map(AsRef::as_ref)
    }
}

/// Parts of a text.
fn parts(text: &str, ranges: Vec<Range<usize>>) -> Box<[Box<str>]> {
    ranges.into_iter().filter_map(|range| text.get(range)).map(|part| part.trim().into()).collect()
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("normalized", &self.normalized())
            .field("fingerprint", &self.fingerprint())
            .field("dialect", &self.dialect())
            .finish_non_exhaustive()
    }
}

impl Analysis {
    pub(crate) fn of(normalized: &Normalized, fingerprint: Fingerprint, dialect: Dialect) -> Self {
        Self {
            fingerprint,
            operation: Operation::of(&normalized.canonical),
            canonical: normalized.canonical.as_str().into(),
            slots: normalized.slots.as_slice().into(),
            lists: normalized.list_starts.as_slice().into(),
            dialect,
            parsed: OnceLock::new(),
        }
    }

    /// Whether it is that of a canonical text.
    pub(crate) fn is_of(&self, canonical: &str, dialect: Dialect) -> bool {
        *self.canonical == *canonical && self.dialect == dialect
    }

    /// The ordinal of the first list that starts at one of these places of the canonical text.
    fn list_in(&self, places: &Range<usize>) -> Option<usize> {
        let first = self.lists.partition_point(|&start| (start as usize) < places.start);
        let start = *self.lists.get(first)? as usize;
        (start < places.end).then_some(first)
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let canonical = Canonical { text: &self.canonical, slots: &self.slots, dialect: self.dialect };
            let tree = parse(canonical).map(Arc::new);
            Parsed { summary: summary(&self.canonical, self.operation, tree.as_deref()).into(), tree }
        })
    }
}
