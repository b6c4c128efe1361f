//! What a single byte can be, looked up in a table.

const WORD: u8 = 1;
const PLAIN: u8 = 2;
const BLANK: u8 = 4;

static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "an index out of range would not compile")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < classes.len() {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..) {
            classes[at] |= WORD;
        }
        if matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_') {
            classes[at] |= PLAIN;
        }
        if matches!(byte, b' ' | b'\t'..=b'\r' | b'-' | b'#' | b'/' | b'*') {
            classes[at] |= BLANK;
        }
        at += 1;
    }
    classes
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

/// Whether it continues a name. All databases take every byte above ASCII.
pub(super) fn is_word_byte(byte: u8) -> bool {
    is(byte, WORD)
}

/// Whether white space or a comment may start with it.
pub(super) fn may_be_blank(byte: u8) -> bool {
    is(byte, BLANK)
}

/// Whether a name of such bytes needs no quotes in any database, unless it starts with a digit or is a keyword.
pub(crate) fn is_plain_byte(byte: u8) -> bool {
    is(byte, PLAIN)
}
