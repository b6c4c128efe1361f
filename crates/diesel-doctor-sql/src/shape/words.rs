//! Words among tokens.

use sqlparser::tokenizer::Token;

/// The word that a token is, unless it is a name in quotes.
pub(super) fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}
