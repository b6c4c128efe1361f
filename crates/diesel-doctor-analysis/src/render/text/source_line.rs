//! The line of the user's source that a finding points at.

use std::ops::Range;

use crate::render::clean;

/// A line longer than this many characters is cut; the marked place stays visible.
const WIDTH: usize = 110;
/// How many characters before the marked place are kept when the line is cut.
const BEFORE: usize = 60;

/// A clean line that is not too long, and the bytes to underline: they lie within the text, on character boundaries, and are not
/// empty.
#[derive(Debug)]
pub(super) struct SourceLine {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

impl SourceLine {
    /// Takes the line, and the column from the debug information. Columns count bytes from 1; 0 means unknown.
    pub(super) fn new(source: &str, column: u32) -> Option<Self> {
        let source = source.lines().next()?.trim_end();
        let indent = source.len() - source.trim_start().len();
        if source.is_empty() {
            return None;
        }
        let marked = name_at(source, column).unwrap_or(indent..source.len());
        let skipped =
            source.get(indent..marked.start).map_or(0, |before| before.chars().count()).saturating_sub(BEFORE);
        let mut text = if skipped > 0 { "    …".to_owned() } else { "    ".to_owned() };
        let mut span = 0..0;
        let shown = source.char_indices().skip_while(|(at, _)| *at < indent).skip(skipped);
        for (count, (at, c)) in shown.enumerate() {
            if count >= WIDTH {
                text.push('…');
                break;
            }
            if at == marked.start {
                span.start = text.len();
            }
            clean::push(&mut text, c);
            if at < marked.end {
                span.end = text.len();
            }
        }
        Some(Self { text, span })
    }
}

/// The name that starts at the column; where none does, the single character there.
fn name_at(source: &str, column: u32) -> Option<Range<usize>> {
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start = source.char_indices().map(|(at, _)| at).take_while(|at| *at <= column).last()?;
    let rest = source.get(start..)?;
    let first = rest.chars().next().filter(|c| !c.is_whitespace())?;
    if column >= start + first.len_utf8() {
        return None;
    }
    Some(start..start + name_length(rest).max(first.len_utf8()))
}

/// The length of a path such as `users::table`, or of a macro's name including its `!`.
fn name_length(text: &str) -> usize {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut length = word(text);
    while let Some(next) =
        text.get(length..).and_then(|rest| rest.strip_prefix("::")).map(word).filter(|&next| length > 0 && next > 0)
    {
        length += 2 + next;
    }
    let after = text.get(length..).unwrap_or_default();
    if length > 0 && after.starts_with('!') && !after.starts_with("!=") { length + 1 } else { length }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(source: &str, column: u32, text: &str, marked: &str) {
        let line = SourceLine::new(source, column).unwrap();
        assert_eq!((line.text.as_str(), &line.text[line.span.clone()]), (text, marked), "{source:?} at {column}");
    }

    #[test]
    fn the_name_at_the_column_is_marked() {
        check("        .first(conn)?;", 10, "    .first(conn)?;", "first");
        check("    users::table.load(conn)", 5, "    users::table.load(conn)", "users::table");
        check("let x = sql!(conn);", 9, "    let x = sql!(conn);", "sql!");
        check("if a!= b {", 4, "    if a!= b {", "a");
        check("f(&conn)", 3, "    f(&conn)", "&");
        check("ab", 2, "    ab", "b");
    }

    #[test]
    fn columns_count_bytes_and_may_point_into_a_character() {
        check("größe.laden(conn)", 9, "    größe.laden(conn)", "laden");
        check("表.取得(conn)", 5, "    表.取得(conn)", "取得");
        check("表.取得(conn)", 6, "    表.取得(conn)", "取得");
    }

    #[test]
    fn without_a_usable_column_the_whole_line_is_marked() {
        check("  load(conn)  ", 0, "    load(conn)", "load(conn)");
        check("  load(conn)", 99, "    load(conn)", "load(conn)");
        check("  load(conn)", 1, "    load(conn)", "load(conn)");
        check("load(conn)", 11, "    load(conn)", "load(conn)");
    }

    #[test]
    fn tabs_and_controls_are_not_passed_on() {
        check("\t\tload(\tconn\u{1b}[2J)", 3, "    load(    conn␛[2J)", "load");
    }

    #[test]
    fn a_long_line_is_cut_around_the_marked_place() {
        let line = SourceLine::new(&format!("{}load{}", "a.".repeat(100), "(b)".repeat(100)), 201).unwrap();
        assert_eq!(&line.text[line.span.clone()], "load");
        assert!(line.text.starts_with("    …a.a.") && line.text.ends_with('…'), "{}", line.text);
        assert_eq!(line.text.chars().count(), 4 + 1 + WIDTH + 1);
    }

    #[test]
    fn only_the_first_line_is_taken_and_a_blank_one_is_none() {
        check("load()\nmore()", 0, "    load()", "load()");
        assert!(SourceLine::new("", 1).is_none());
        assert!(SourceLine::new("  \t\n load()", 1).is_none());
    }

    proptest! {
        #[test]
        fn any_line_and_column_give_a_span_within_the_text(source in "(\\PC|[\t\u{1b}\r\u{202e}]){0,200}", column in 0u32..300) {
            if let Some(line) = SourceLine::new(&source, column) {
                let marked = line.text.get(line.span.clone());
                prop_assert!(marked.is_some_and(|marked| !marked.is_empty()), "{line:?}");
                prop_assert!(!line.text.chars().any(char::is_control));
            }
        }
    }
}
