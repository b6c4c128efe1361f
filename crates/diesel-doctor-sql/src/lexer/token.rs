//! Tokens, and what decides between them besides their letters.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// An identifier in quotes; the first byte is the quote.
    Quoted,
    Text,
    Number,
    Placeholder,
    /// `@name` and `@@name` where they are variables.
    Variable,
    Operator,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Semicolon,
    /// A quote or comment that never ends: the rest of the text.
    Broken,
}

/// A token: its kind and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What the caller knows of the place where the next token stands, for what the letters alone do not decide.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by its name")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// The token before is a value, a name or a closing bracket.
    pub(crate) after_operand: bool,
    /// The token before is a word that types a literal (`DATE '…'`).
    pub(crate) after_type: bool,
    /// A value is likely: after a comparison, in a list.
    pub(crate) wants_value: bool,
    /// Inside `[ … ]`, where `:` separates the bounds of a slice.
    pub(crate) in_bracket: bool,
}
