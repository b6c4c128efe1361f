//! Reads the query that Diesel prints, once. It separates the SQL from the binds, and keeps only as much of either as needed.
//!
//! Diesel writes the whole SQL in one piece, then the marker in one piece, then the binds in several pieces. The pieces are the
//! only safe way to find the marker, because its text may also occur inside a literal or a bind. A test in `tests/` checks that
//! Diesel keeps this order.

use std::cell::Cell;
use std::fmt::{self, Display, Write};

use diesel_doctor_analysis::{BindFact, BindReading, PrintedBinds, Trust, shielded};

use super::keys::TextHasher;

/// The text between SQL and binds.
const MARKER: &str = " -- binds: ";
/// How many bytes of a text are kept. The hash covers the whole text.
const MAX_SQL: usize = 256 << 10;
/// How many bytes of printed binds are read. A bytea of ten megabytes prints as thirty.
const MAX_BINDS: usize = 64 << 10;
/// Buffers that grew beyond this many bytes are freed.
const MAX_IDLE: usize = 8 << 10;

/// Reads queries into buffers that are reused.
#[derive(Debug, Default)]
pub(crate) struct TextReader {
    hasher: TextHasher,
    sql: String,
    sql_hash: u64,
    binds: String,
    facts: Vec<BindFact>,
    part: Part,
    cut: bool,
    /// Whether a bind's `Debug` panicked. From then on, binds of this connection are not printed.
    binds_panicked: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Sql,
    Marker,
    Binds,
}

thread_local! {
    /// Whether binds are being printed on this thread. A bind whose `Debug` asks the database itself is not printed again for that: it would never
    /// end.
    static IS_PRINTING: Cell<bool> = const { Cell::new(false) };
}

/// The result of reading a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// The text and the binds were read.
    Whole { binds: u64, trust: Trust },
    /// The text was read, but a bind's `Debug` panicked.
    BindsPanicked,
    /// Nothing was read, because Diesel could not build the query.
    Unbuildable,
}

impl TextReader {
    /// Reads text and binds. This runs user code, so no lock may be held.
    pub(crate) fn read(&mut self, query: &dyn Display, binds: BindReading) -> Read {
        self.reset();
        let with_binds = binds == BindReading::Read && !self.binds_panicked && !IS_PRINTING.replace(true);
        let written = shielded(|| write!(Pieces { reader: self, with_binds }, "{query}"));
        if with_binds {
            IS_PRINTING.set(false);
        }
        let Some(written) = written else {
            self.binds_panicked = true;
            return Read::BindsPanicked;
        };
        if self.part == Part::Sql {
            return Read::Unbuildable;
        }
        // When printing stopped early for any reason, equal beginnings prove nothing.
        let whole = written.is_ok() && !self.cut;
        let (binds, trust) = match self.part {
            Part::Binds => {
                let printed = if whole { PrintedBinds::whole(&self.binds) } else { PrintedBinds::cut(&self.binds) };
                printed.read(&self.hasher.0, &mut self.facts)
            }
            _ if with_binds => (0, Trust::Exact),
            _ => (0, Trust::Opaque),
        };
        Read::Whole { binds, trust }
    }

    /// Reads only the text and returns its hash; `None` when Diesel cannot build the query.
    pub(crate) fn read_sql_hash(&mut self, query: &dyn Display) -> Option<u64> {
        self.reset();
        let _ = shielded(|| write!(Pieces { reader: self, with_binds: false }, "{query}"));
        (self.part != Part::Sql).then_some(self.sql_hash)
    }

    /// The last text that was read. It may be cut.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// A hash of the whole last text.
    pub(crate) fn sql_hash(&self) -> u64 {
        self.sql_hash
    }

    /// Facts about the last binds that were read.
    pub(crate) fn facts(&self) -> &[BindFact] {
        &self.facts
    }

    fn reset(&mut self) {
        self.binds.clear();
        self.facts.clear();
        if self.sql.capacity() > MAX_IDLE || self.binds.capacity() > MAX_IDLE {
            self.sql = String::new();
            self.binds = String::new();
        }
        self.part = Part::Sql;
        self.cut = false;
    }
}

/// The writer that Diesel prints into.
struct Pieces<'a> {
    reader: &'a mut TextReader,
    with_binds: bool,
}

impl Write for Pieces<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.reader.part != Part::Binds {
            return self.write_sql(piece);
        }
        if push_capped(&mut self.reader.binds, piece, MAX_BINDS) {
            return Ok(());
        }
        self.reader.cut = true;
        Err(fmt::Error)
    }
}

impl Pieces<'_> {
    fn write_sql(&mut self, piece: &str) -> fmt::Result {
        let reader = &mut *self.reader;
        if reader.part == Part::Sql {
            let hash = reader.hasher.hash(piece);
            // In a loop, the same text is often in the buffer already.
            if hash != reader.sql_hash || reader.sql.is_empty() {
                reader.sql.clear();
                push_capped(&mut reader.sql, piece, MAX_SQL);
                reader.sql_hash = hash;
            }
            reader.part = Part::Marker;
        } else if piece == MARKER {
            reader.part = Part::Binds;
            if !self.with_binds {
                return Err(fmt::Error);
            }
        } else {
            // The query prints its text in several pieces. None of Diesel's own queries does.
            push_capped(&mut reader.sql, piece, MAX_SQL);
            reader.sql_hash = reader.sql_hash.rotate_left(5) ^ reader.hasher.hash(piece);
        }
        Ok(())
    }
}

/// Appends as much as there is room for. Returns whether that was everything.
#[inline]
fn push_capped(buffer: &mut String, piece: &str, most: usize) -> bool {
    if buffer.len() + piece.len() <= most {
        buffer.push_str(piece);
        return true;
    }
    let room = most.saturating_sub(buffer.len());
    let end = (0..=room).rev().find(|&at| piece.is_char_boundary(at)).unwrap_or(0);
    buffer.push_str(piece.get(..end).unwrap_or_default());
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints like Diesel: SQL, marker and binds in separate pieces.
    struct Query<'a>(&'a str, &'a [&'a str]);

    impl Display for Query<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)?;
            f.write_str(MARKER)?;
            self.1.iter().try_for_each(|piece| f.write_str(piece))
        }
    }

    struct Panics;

    impl Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("SELECT ?")?;
            f.write_str(MARKER)?;
            panic!("a bind that cannot be printed")
        }
    }

    struct Unbuildable;

    impl Display for Unbuildable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    #[test]
    fn a_marker_inside_a_literal_or_a_bind_is_no_marker() {
        let mut reader = TextReader::default();
        let sql = "SELECT ' -- binds: [9]' WHERE a = ?";
        assert!(matches!(
            reader.read(&Query(sql, &["[", "\" -- binds: \"", "]"]), BindReading::Read),
            Read::Whole { trust: Trust::Exact, .. }
        ));
        assert_eq!(reader.sql(), sql);
        assert_eq!(reader.facts().len(), 1);
        assert_eq!(reader.read_sql_hash(&Query(sql, &["[]"])), Some(TextHasher::default().hash(sql)));
    }

    #[test]
    fn equal_binds_have_equal_identities_and_others_not() {
        let mut reader = TextReader::default();
        let one = reader.read(&Query("SELECT ?", &["[1]"]), BindReading::Read);
        assert_eq!(reader.read(&Query("SELECT ?", &["[", "1", "]"]), BindReading::Read), one);
        assert_ne!(reader.read(&Query("SELECT ?", &["[2]"]), BindReading::Read), one);
    }

    #[test]
    fn huge_binds_are_cut_and_not_trusted() {
        let mut reader = TextReader::default();
        let huge = "é".repeat(MAX_BINDS);
        assert!(matches!(
            reader.read(&Query("SELECT ?", &["[", &huge, "]"]), BindReading::Read),
            Read::Whole { trust: Trust::Opaque, .. }
        ));
        assert!(reader.binds.len() <= MAX_BINDS);
        reader.read(&Query("SELECT 1", &["[]"]), BindReading::Read);
        assert!(reader.binds.capacity() <= MAX_IDLE, "the buffer is given back");
    }

    #[test]
    fn huge_texts_are_cut_but_still_differ() {
        let mut reader = TextReader::default();
        let hashes = ["a", "b"].map(|end| reader.read_sql_hash(&Query(&("x".repeat(MAX_SQL) + end), &["[]"])));
        assert_ne!(hashes[0], hashes[1]);
        assert_eq!(reader.sql().len(), MAX_SQL);
    }

    #[test]
    fn a_bind_that_panics_is_not_printed_again() {
        let mut reader = TextReader::default();
        assert_eq!(reader.read(&Panics, BindReading::Read), Read::BindsPanicked);
        assert_eq!(reader.sql(), "SELECT ?");
        assert_eq!(
            reader.read(&Panics, BindReading::Read),
            Read::Whole { binds: TextHasher::default().hash(""), trust: Trust::Opaque }
        );
    }

    #[test]
    fn a_query_that_cannot_be_built_is_told_apart() {
        assert_eq!(TextReader::default().read(&Unbuildable, BindReading::Read), Read::Unbuildable);
        assert_eq!(TextReader::default().read_sql_hash(&Unbuildable), None);
    }
}
