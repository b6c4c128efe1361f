//! Formats parts of messages: numbers, times, and Diesel's names of tables and columns.

use std::borrow::Cow;
use std::time::Duration;

use diesel_doctor_sql::{ColumnRef, Shape, Statement};

use crate::snapshot::Snapshot;

/// The start of a message whose evidence is weak.
pub(super) const CANDIDATE: &str = "candidate: ";

/// The note of a finding that has no call site.
pub(super) const PLACE_UNKNOWN: &str =
    "the place is unknown: without call sites, queries of several places count as one group";

/// `4,000`.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 query`, `4,000 queries`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `310 µs`, `3.1 ms`, `1.2 s`.
pub(super) fn time(time: Duration) -> String {
    let micros = time.as_micros();
    let tenths = |unit: u128| {
        let tenths = (micros * 10 + unit / 2) / unit;
        (tenths / 10, tenths % 10)
    };
    if micros < 1_000 {
        format!("{micros} µs")
    } else if micros < 999_950 {
        let (whole, tenth) = tenths(1_000);
        format!("{whole}.{tenth} ms")
    } else {
        let (whole, tenth) = tenths(1_000_000);
        format!("{whole}.{tenth} s")
    }
}

/// Totals of the whole scope that messages name. They are computed once for all findings.
#[derive(Debug)]
pub(super) struct Totals {
    database_time: Duration,
    /// Whether some queries left no record.
    pub(super) sampled: bool,
}

impl Totals {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let groups = snapshot.groups().iter();
        Self {
            database_time: snapshot.tables().tallies.iter().map(|entry| entry.tally.elapsed).sum(),
            sampled: groups.into_iter().any(|group| (group.query_indices().len() as u64) < group.count),
        }
    }

    /// `3.1 ms of 3.9 ms`: a part of the scope's database time.
    pub(super) fn share(&self, part: Duration) -> String {
        format!("{} of {}", time(part), time(self.database_time.max(part)))
    }
}

/// ` on comments by post_id`; parts that are not known are left out.
pub(super) fn subject(preposition: &str, statement: &Statement, keys: &[&ColumnRef]) -> String {
    let table = statement.shape().and_then(|shape| table(shape, keys));
    let table = table.map_or_else(String::new, |table| format!(" {preposition} {table}"));
    if keys.is_empty() { table } else { format!("{table} by {}", names(keys)) }
}

/// `post_id, kind`.
fn names(keys: &[&ColumnRef]) -> String {
    keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The main table of a statement: the one it writes, else its key's, else its first.
pub(super) fn table<'a>(shape: &'a Shape, keys: &[&'a ColumnRef]) -> Option<&'a str> {
    let target = shape.write_target().map(|table| table.name.as_str());
    let of_key = || keys.first().and_then(|key| key.table.as_deref());
    target.or_else(of_key).or_else(|| shape.tables().first().map(|table| table.name.as_str()))
}

/// The name that `table!` gives to a name of the database; `None` when it cannot be told.
pub(super) fn diesel_name(name: &str) -> Option<Cow<'_, str>> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if !starts
        || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        || name == "_"
    {
        return None;
    }
    Some(if KEYWORDS.contains(&name) { Cow::Owned(format!("{name}_")) } else { Cow::Borrowed(name) })
}

/// Diesel's names of a table and its key column, and a name for a list of such keys.
pub(super) fn diesel_key<'a>(shape: &'a Shape, key: &'a ColumnRef) -> Option<(Cow<'a, str>, Cow<'a, str>, String)> {
    // With a subquery or a join, the code would need more than one table.
    if shape.tables().len() != 1 {
        return None;
    }
    let table = diesel_name(table(shape, &[key])?)?;
    let column = diesel_name(&key.name)?;
    let list = if key.name == "id" || key.name.ends_with("_id") {
        format!("{}s", key.name)
    } else {
        format!("{}_values", key.name)
    };
    Some((table, column, list))
}

/// Rust's keywords. Diesel's `print-schema` adds an underscore to a column with such a name.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_or_so() {
        for (micros, text) in [
            (0, "0 µs"),
            (310, "310 µs"),
            (3_149, "3.1 ms"),
            (999_949, "999.9 ms"),
            (999_950, "1.0 s"),
            (61_250_000, "61.3 s"),
        ] {
            assert_eq!(time(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (value, text) in [(7, "7"), (999, "999"), (4_000, "4,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn only_names_that_table_would_give_are_written() {
        assert_eq!(diesel_name("post_id").as_deref(), Some("post_id"));
        assert_eq!(diesel_name("type").as_deref(), Some("type_"));
        for name in ["Users", "2fa", "e-mail", "größe", "", "_"] {
            assert_eq!(diesel_name(name), None, "{name}");
        }
    }
}
