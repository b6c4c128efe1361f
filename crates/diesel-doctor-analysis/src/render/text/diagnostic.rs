//! One finding, drawn by `annotate-snippets` as rustc draws its own.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Padding, Snippet};

use super::source_line::SourceLine;
use super::style::{Style, Tone};
use crate::finding::{Finding, Severity};
use crate::record::{CallSite, SourceFrame};
use crate::render::clean;
use crate::words::{counted, duration};

/// How many further places are named. The rest is only counted.
const FURTHER_SITES: usize = 5;
/// How many callers are shown.
const CALLERS: usize = 3;
/// How many characters of a statement are shown.
const SQL_LENGTH: usize = 400;
/// After how many characters a statement is wrapped, between words.
const SQL_WIDTH: usize = 100;
/// Stands for the location while the renderer draws, because the renderer computes a column from the line it is given, and that
/// line may be cut. Clean text never holds this character.
const LOCATION: char = '\u{fdd0}';

/// The finding as text, without a line break at the end.
pub(super) fn diagnostic(finding: &Finding, style: Style) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(clean::line(&finding.message)).id(clean::line(finding.rule.name));
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut places = finding.sites.iter().filter_map(|site| Some((site, site.innermost()?)));
    let first = places.next();
    if let Some((site, frame)) = first {
        let others: Vec<(&CallSite, &SourceFrame)> = places.collect();
        let elsewhere = others.iter().filter(|(_, other)| !is_same_place(frame, other)).count();
        elements.extend(place(finding, frame, elsewhere));
        elements.push(Level::NOTE.message(calls(site, frame)).into());
        if !others.is_empty() {
            elements.push(Level::NOTE.message(further(site, frame, &others)).into());
        }
    }
    elements.push(Level::NOTE.with_name("sql").message(excerpt(finding.statement.normalized())).into());
    if !finding.database_time.is_zero() {
        let cost =
            format!("{}, {} in the database", counted(finding.queries, "query"), duration(finding.database_time));
        elements.push(Level::NOTE.with_name("cost").message(cost).into());
    }
    elements.extend(finding.notes.iter().map(|note| Level::NOTE.message(clean::block(note, "")).into()));
    elements.push(Level::HELP.message(help(finding)).into());
    let key = style.paint(Tone::Dim, &clean::line(&finding.key().to_string()));
    elements.push(Level::NOTE.with_name("key").message(key).into());
    let drawn = style.renderer().render(&[Group::with_title(title).elements(elements)]);
    match first {
        Some((_, frame)) => locate(&drawn, &location(frame)),
        None => drawn,
    }
}

/// Replaces the renderer's location with ours.
fn locate(drawn: &str, location: &str) -> String {
    match drawn.split_once(LOCATION) {
        Some((before, after)) => {
            let after = after.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
            format!("{before}{location}{after}")
        }
        None => drawn.to_owned(),
    }
}

/// The place of the queries: the source line where it could be read, else its location alone.
fn place(finding: &Finding, frame: &SourceFrame, others: usize) -> Vec<Element<'static>> {
    let Some(source) = frame.source.as_deref().and_then(|source| SourceLine::new(source, frame.column)) else {
        return vec![Origin::path(LOCATION.to_string()).into(), Padding.into()];
    };
    let label = match (finding.queries, others) {
        (0 | 1, 0) => "from here".to_owned(),
        (0 | 1, _) => format!("from here and {}", counted(others as u64, "other place")),
        (queries, 0) => format!("{queries} times from here"),
        (queries, _) => format!("{queries} times, from here and {}", counted(others as u64, "other place")),
    };
    let mark = AnnotationKind::Primary.span(source.span).label(label);
    let snippet = Snippet::source(source.text).path(LOCATION.to_string()).line_start(frame.line as usize);
    vec![snippet.annotation(mark).into()]
}

/// The functions that led to the query, the innermost first.
fn calls(site: &CallSite, innermost: &SourceFrame) -> String {
    let looping = |index| if site.likely_loop == Some(index) { ", the likely loop" } else { "" };
    let mut text = format!("in {}{}", function(innermost), looping(0));
    for (index, frame) in site.frames.iter().enumerate().skip(1).take(CALLERS) {
        let _ = write!(text, "\ncalled at {} in {}{}", location(frame), function(frame), looping(index));
    }
    text
}

/// The other places. Where the first line was reached by another path, the caller that differs.
fn further(first: &CallSite, innermost: &SourceFrame, others: &[(&CallSite, &SourceFrame)]) -> String {
    let also = |(site, frame): &(&CallSite, &SourceFrame)| {
        let differs = |(own, other): &(&SourceFrame, &SourceFrame)| !is_same_place(own, other);
        let caller = first.frames.iter().zip(site.frames.iter()).find(differs);
        match caller.filter(|_| is_same_place(innermost, frame)) {
            Some((_, caller)) => format!("also called at {} in {}", location(caller), function(caller)),
            None => format!("also at {} in {}", location(frame), function(frame)),
        }
    };
    let mut lines: Vec<String> = others.iter().take(FURTHER_SITES).map(also).collect();
    let more = others.len().saturating_sub(FURTHER_SITES);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

fn is_same_place(one: &SourceFrame, other: &SourceFrame) -> bool {
    (&one.file, one.line, one.column) == (&other.file, other.line, other.column)
}

fn location(frame: &SourceFrame) -> String {
    let file = clean::line(&frame.file);
    if frame.column > 0 { format!("{file}:{}:{}", frame.line, frame.column) } else { format!("{file}:{}", frame.line) }
}

fn function(frame: &SourceFrame) -> String {
    if frame.function.is_empty() { "a function without a name".to_owned() } else { clean::line(&frame.function) }
}

fn help(finding: &Finding) -> String {
    let mut help = clean::line(&finding.prescription.advice);
    if let Some(code) =
        finding.prescription.code.as_deref().map(|code| clean::block(code, "    ")).filter(|code| !code.is_empty())
    {
        let _ = write!(help, ":\n    {code}");
    }
    help
}

/// The statement, cut when too long and wrapped between words.
fn excerpt(sql: &str) -> String {
    let end = sql.char_indices().nth(SQL_LENGTH).map_or(sql.len(), |(at, _)| at);
    let mut text = String::new();
    let mut width = 0;
    for word in clean::line(sql.get(..end).unwrap_or_default()).split(' ') {
        let length = word.chars().count();
        if width > 0 && width + length >= SQL_WIDTH {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    if end < sql.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_statement_stays_on_its_line() {
        assert_eq!(excerpt("SELECT a FROM b"), "SELECT a FROM b");
    }

    #[test]
    fn a_long_statement_is_wrapped_between_words_and_cut() {
        let sql = format!("SELECT {} FROM t", vec!["column"; 100].join(", "));
        let text = excerpt(&sql);
        assert!(text.ends_with('…'));
        assert_eq!(text.replace('\n', " ").chars().count(), SQL_LENGTH + 1);
        assert!(text.lines().all(|line| line.chars().count() <= SQL_WIDTH), "{text}");
        assert!(sql.starts_with(text.replace('\n', " ").trim_end_matches('…')));
    }

    #[test]
    fn a_statement_without_spaces_is_cut_at_a_character() {
        assert_eq!(excerpt(&"表".repeat(500)), "表".repeat(SQL_LENGTH) + "…");
    }
}
