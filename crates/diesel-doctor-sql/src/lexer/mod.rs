//! Cuts a text into tokens: one pass, no allocation, total.
//!
//! Every byte of the text belongs to a token, to white space or to a comment, and each call consumes at least one byte.

mod backslash;
mod blanks;
mod bytes;
mod cutter;
#[cfg(test)]
mod differential;
mod guess;
mod numbers;
mod operators;
mod strings;
mod token;

pub(crate) use self::bytes::is_plain_byte;
pub(crate) use self::cutter::Lexer;
pub(crate) use self::token::{Kind, Place, Token};
