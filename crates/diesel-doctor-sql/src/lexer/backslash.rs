//! What a backslash does.

/// What a backslash in a string does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backslash {
    /// It takes the next character's meaning.
    Escapes,
    /// Nothing.
    Plain,
    /// What stands behind the quote decides.
    Guess,
}
