//! Formats how many queries one line makes at each size.

use std::collections::BTreeMap;
use std::fmt;

use diesel_doctor_analysis::render::clean::line;
use diesel_doctor_analysis::{CallSite, Fingerprint};

use super::counts::Counts;

/// How many characters of a statement are shown.
const EXCERPT: usize = 200;
/// How many callers of a place are shown.
const CALLERS: usize = 2;
/// How many statements of a place are shown.
const TEXTS: usize = 3;

/// The counts of one line at each size: in sum, and for each text.
pub(super) struct Growth<'a> {
    pub(super) site: Option<&'a CallSite>,
    pub(super) counts: Counts,
    pub(super) texts: BTreeMap<Fingerprint, (&'a str, Counts)>,
}

impl fmt::Display for Growth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.counts.grow() { "grows" } else { "steady" };
        writeln!(f, "{word}: {:+.2} a row: {}", self.counts.slope(), self.counts)?;
        for (at, frame) in self.site.iter().flat_map(|site| site.frames.iter()).take(CALLERS + 1).enumerate() {
            let arrow = if at == 0 { "  -->" } else { "      called at" };
            let (file, function) = (line(&frame.file), line(&frame.function));
            writeln!(f, "{arrow} {file}:{}:{} in {function}", frame.line, frame.column)?;
        }
        let mut texts: Vec<_> = self.texts.values().collect();
        texts.sort_by(|(_, a), (_, b)| a.order(b));
        for (sql, counts) in texts.into_iter().take(TEXTS) {
            let shown: String = sql.chars().take(EXCERPT).collect();
            write!(f, "  sql: {}{}", line(&shown), if shown.len() < sql.len() { "…" } else { "" })?;
            if self.texts.len() > 1 {
                write!(f, " ({counts})")?;
            }
            writeln!(f)?;
        }
        match self.texts.len().saturating_sub(TEXTS) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} more"),
        }
    }
}
