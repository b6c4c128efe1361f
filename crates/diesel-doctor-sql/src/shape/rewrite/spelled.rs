//! Words as tokens.

use sqlparser::tokenizer::Token;

pub(super) fn spelled(text: &str) -> Token {
    match text {
        "*" => Token::Mul,
        "%" => Token::Mod,
        "+" => Token::Plus,
        "=" => Token::Eq,
        "!=" => Token::Neq,
        "<=>" => Token::Spaceship,
        "," => Token::Comma,
        "(" => Token::LParen,
        ")" => Token::RParen,
        word => Token::make_word(word, None),
    }
}
