//! Reads the binds that Diesel prints, the `Debug` list `[1, "x", [2, 3]]`, and keeps a keyed hash and facts that are too small to
//! reveal a value.
//!
//! The user's types decide what they print. So the split into values is a best effort: at worst it loses facts. The identity covers
//! the whole text and always holds.

use std::hash::BuildHasher;

use super::{BindFact, BindShape, Trust};

/// How many binds of a query have facts. Rules need keys, limits and lists, while a batch insert has thousands of cells.
const MAX_FACTS: usize = 16;

/// The binds of one query, as Diesel prints them.
///
/// ```
/// use std::hash::{BuildHasherDefault, DefaultHasher};
/// use diesel_doctor_analysis::{BindShape, PrintedBinds, Trust};
///
/// let mut facts = Vec::new();
/// let hasher = BuildHasherDefault::<DefaultHasher>::default();
/// let (_, trust) = PrintedBinds::whole("[7, None]").read(&hasher, &mut facts);
/// let shapes: Vec<_> = facts.iter().map(|fact| fact.shape()).collect();
/// assert_eq!((shapes.as_slice(), trust), ([BindShape::Unsigned(7), BindShape::Null].as_slice(), Trust::Exact));
/// ```
#[derive(Clone, Copy)]
pub struct PrintedBinds<'a> {
    text: &'a str,
    is_cut: bool,
}

impl std::fmt::Debug for PrintedBinds<'_> {
    /// Shows no value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrintedBinds").field("is_cut", &self.is_cut).finish_non_exhaustive()
    }
}

impl<'a> PrintedBinds<'a> {
    /// The whole text.
    #[inline]
    pub const fn whole(text: &'a str) -> Self {
        Self { text, is_cut: false }
    }

    /// The beginning of a text that was too long.
    #[inline]
    pub const fn cut(text: &'a str) -> Self {
        Self { text, is_cut: true }
    }

    /// Returns the identity of the binds and whether it can be trusted, and appends their facts to `facts`. Identities can be
    /// compared only when they come from the same hasher.
    #[inline]
    pub fn read(self, hasher: &impl BuildHasher, facts: &mut Vec<BindFact>) -> (u64, Trust) {
        let Self { text, is_cut } = self;
        if text == "[]" {
            return (0, Trust::Exact);
        }
        let inside = text.strip_prefix('[').unwrap_or_default();
        let inside = if is_cut { inside } else { inside.strip_suffix(']').unwrap_or(inside) };
        let mut elements = Elements { rest: inside };
        let mut identity = 0_u64;
        let mut hidden = false;
        for _ in 0..MAX_FACTS {
            let Some(value) = elements.next() else { break };
            let fact = fact(value, hasher);
            identity = (identity.rotate_left(5) ^ fact.hash()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            hidden |= fact.shape() == BindShape::Opaque;
            facts.push(fact);
        }
        // The hashes of the values are enough, unless there are more values or the text is not a list.
        if is_cut || !elements.rest.is_empty() || identity == 0 {
            identity = hasher.hash_one(text);
        }
        (identity, if is_cut || hidden { Trust::Opaque } else { Trust::Exact })
    }
}

/// The fact about one printed value.
#[inline]
fn fact(value: &str, hasher: &impl BuildHasher) -> BindFact {
    match small_number(value) {
        Some(number) => BindFact::new(hasher.hash_one(number), BindShape::Unsigned(number)),
        None => BindFact::new(hasher.hash_one(value), shape(value)),
    }
}

/// The values of a printed list, split at the list's own commas: not at those inside strings, characters and brackets.
struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(end) = top_level_comma(self.rest) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let (value, rest) = self.rest.split_at_checked(end)?;
        let rest = rest.strip_prefix(',').unwrap_or_default();
        self.rest = rest.strip_prefix(' ').unwrap_or(rest);
        Some(value)
    }
}

#[inline]
fn top_level_comma(text: &str) -> Option<usize> {
    // A single number needs no search for quotes and brackets.
    if small_number(text).is_some() {
        return None;
    }
    let mut depth = 0_u32;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            // A character prints as 'x' or '\u{1f}'. Other text with a quote is not skipped.
            b'\'' => {
                if let Some(length) = text.get(at..).and_then(character_length) {
                    for _ in 1..length {
                        bytes.next();
                    }
                }
            }
            b'[' | b'(' | b'{' => depth = depth.saturating_add(1),
            b']' | b')' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The length in bytes of the character literal at the start of `text`.
fn character_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let body = match inside.strip_prefix('\\') {
        Some(escape) => 1 + escape.char_indices().skip(1).take(10).find(|(_, c)| *c == '\'')?.0,
        None => inside.chars().next()?.len_utf8(),
    };
    inside.get(body..)?.starts_with('\'').then_some(body + 2)
}

#[inline]
fn shape(value: &str) -> BindShape {
    plain_shape(value).unwrap_or_else(|| {
        // This comes before unwrapping, because the name of a type may reveal that the value is hidden.
        if hides_its_value(value) {
            return BindShape::Opaque;
        }
        plain_shape(unwrapped(value)).unwrap_or(BindShape::Value)
    })
}

/// A whole number of up to nine digits, as Rust prints numbers: without a leading zero.
#[inline]
fn small_number(value: &str) -> Option<u32> {
    let digits = value.as_bytes();
    if digits.is_empty() || digits.len() > 9 || (digits.len() > 1 && digits.first() == Some(&b'0')) {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

/// The shape of a text that Rust's own types print; `None` for any other text.
fn plain_shape(value: &str) -> Option<BindShape> {
    match *value.as_bytes().first()? {
        b'0'..=b'9' => Some(value.parse().map_or(BindShape::Value, BindShape::Unsigned)),
        b'"' if value.starts_with("\"%") || value.starts_with("\"_") => Some(BindShape::LeadingWildcard),
        b'"' => Some(BindShape::Value),
        b'[' => {
            let inside = value.get(1..)?;
            let elements = Elements { rest: inside.strip_suffix(']').unwrap_or(inside) };
            Some(BindShape::List(elements.count() as u32))
        }
        b'N' if matches!(value, "None" | "Null" | "NULL") => Some(BindShape::Null),
        _ => None,
    }
}

/// The text without the wrapper `Some(…)`, and without `I32(…)`, which a wrapped SQLite connection prints around its values.
fn unwrapped(mut value: &str) -> &str {
    while let Some((name, inside)) = value.split_once('(') {
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match inside.strip_suffix(')') {
            Some(inside) if plain && !inside.is_empty() => value = inside,
            _ => break,
        }
    }
    value
}

/// Whether the text outside quotes looks like a hidden value: `***`, `[REDACTED]`, `Secret(..)`, `<hidden>`.
fn hides_its_value(value: &str) -> bool {
    let mut quoted = false;
    let outside: String = value
        .chars()
        .filter(|&c| {
            quoted ^= c == '"';
            !quoted && c != '"'
        })
        .take(256)
        .collect();
    let lower = outside.to_ascii_lowercase();
    ["**", "..", "…", "<", "redacted", "hidden", "secret", "masked"].iter().any(|mark| lower.contains(mark))
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, DefaultHasher};

    use proptest::prelude::*;

    use super::*;

    fn read(binds: PrintedBinds<'_>) -> (u64, Trust, Vec<BindShape>) {
        let mut facts = Vec::new();
        let (identity, trust) = binds.read(&BuildHasherDefault::<DefaultHasher>::default(), &mut facts);
        (identity, trust, facts.iter().map(BindFact::shape).collect())
    }

    #[track_caller]
    fn check(text: &str, expected: &[BindShape]) {
        assert_eq!(read(PrintedBinds::whole(text)).2, expected, "{text}");
    }

    #[test]
    fn values_split_at_their_own_commas_only() {
        use BindShape::{LeadingWildcard, List, Null, Unsigned, Value};
        check("[]", &[]);
        check("[1]", &[Unsigned(1)]);
        check(r#"[1, "a, b", [2, 3], None]"#, &[Unsigned(1), Value, List(2), Null]);
        check(r#"["\", ", "x"]"#, &[Value, Value]);
        check("['\"', 2]", &[Value, Unsigned(2)]);
        check(r"['\'', 2]", &[Value, Unsigned(2)]);
        check("[Point { x: 1, y: 2 }, I32(7), Some(8)]", &[Value, Unsigned(7), Unsigned(8)]);
        check(r#"["%abc", "a%"]"#, &[LeadingWildcard, Value]);
        check("[[]]", &[List(0)]);
        check("[-1, 4294967296]", &[Value, Value]);
    }

    #[test]
    fn a_value_that_hides_itself_is_not_trusted() {
        for text in ["[***]", "[Secret([REDACTED alloc::string::String])]", "[Password(..)]"] {
            assert_eq!(read(PrintedBinds::whole(text)).1, Trust::Opaque, "{text}");
        }
        assert_eq!(
            read(PrintedBinds::whole(r#"["***", "[REDACTED]"]"#)).1,
            Trust::Exact,
            "a text that looks like it is a value"
        );
    }

    #[test]
    fn what_was_cut_is_not_trusted_but_still_differs() {
        let (a, trust, _) = read(PrintedBinds::cut("[1, 2"));
        let (b, ..) = read(PrintedBinds::cut("[1, 3"));
        assert_eq!(trust, Trust::Opaque);
        assert_ne!(a, b);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in r#"\[?["'\\\[\]{}(), a%\*é0-9]{0,40}\]?"#, cut: bool) {
            let binds = if cut { PrintedBinds::cut(&text) } else { PrintedBinds::whole(&text) };
            prop_assert!(read(binds).2.len() <= MAX_FACTS);
        }

        #[test]
        fn printed_strings_split_into_as_many(values: Vec<String>) {
            let facts = read(PrintedBinds::whole(&format!("{values:?}"))).2;
            prop_assert_eq!(facts.len(), values.len().min(MAX_FACTS));
        }

        #[test]
        fn printed_characters_split_into_as_many(values: Vec<char>) {
            let facts = read(PrintedBinds::whole(&format!("{values:?}"))).2;
            prop_assert_eq!(facts.len(), values.len().min(MAX_FACTS));
        }
    }
}
