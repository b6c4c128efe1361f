//! Makes foreign text safe to show: names, SQL, paths and source lines may hold characters that control a terminal.

use std::fmt::Write as _;

/// The text on one line.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    }
    out
}

/// The text with its line breaks. Each line after the first starts with `indent`. Blank lines and trailing spaces are removed.
pub(crate) fn block(text: &str, indent: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for text in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            let _ = write!(out, "\n{indent}");
        }
        text.chars().for_each(|c| push(&mut out, c));
    }
    out
}

/// Adds the character, or a visible replacement for it. A tab becomes four columns everywhere, so that marks drawn below the text
/// line up.
pub(crate) fn push(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str("    "),
        // The control pictures: ␀ is U+2400, and so on.
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        '\u{7f}' => out.push('␡'),
        c if is_obeyed(c) => out.push(char::REPLACEMENT_CHARACTER),
        c => out.push(c),
    }
}

/// Whether a terminal acts on the character instead of showing it: C1 controls, line separators, and characters that are invisible
/// or change the direction of text. Code points that are not characters count too.
pub fn is_obeyed(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(line("a\u{1b}[31mb\u{7f}\u{9b}2J\0"), "a␛[31mb␡\u{fffd}2J␀");
        assert_eq!(block("a\u{1b}]0;x\u{7}", ""), "a␛]0;x␇");
    }

    #[test]
    fn what_turns_the_direction_of_text_is_replaced() {
        assert_eq!(line("a\u{202e}b\u{2066}c\u{feff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn what_shows_nothing_is_replaced() {
        let invisible =
            ['\u{ad}', '\u{34f}', '\u{180e}', '\u{fe0f}', '\u{e0100}', '\u{1d173}', '\u{200d}', '\u{3164}', '\u{600}'];
        for c in invisible.into_iter().take(8) {
            assert_eq!(line(&format!("a{c}b")), "a\u{fffd}b", "U+{:X}", u32::from(c));
        }
        assert_eq!(line("a\u{600}b"), "a\u{600}b", "an Arabic number sign shows itself");
    }

    #[test]
    fn a_line_has_no_line_breaks() {
        assert_eq!(line("a\r\nb\tc\u{2028}d"), "a  b c\u{fffd}d");
    }

    #[test]
    fn a_block_keeps_its_lines_and_drops_blank_ones() {
        assert_eq!(block("a\n\n\tb  \r\nc", "> "), "a\n>     b\n> c");
    }

    #[test]
    fn letters_of_any_script_stay() {
        assert_eq!(line("größe 表 🦀"), "größe 表 🦀");
    }
}
