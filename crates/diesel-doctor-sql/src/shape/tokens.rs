//! Hands the canonical text to `sqlparser` as tokens, so that it is not tokenized again and each value keeps its ordinal.

use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan};

use super::guard::{Guard, Nesting, limits};
use super::words::word;
use crate::Dialect;
use crate::lexer::{Kind, Lexer, Place};

/// A canonical text and where its values stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Canonical<'a> {
    pub(crate) text: &'a str,
    pub(crate) slots: &'a [u32],
    pub(crate) dialect: Dialect,
}

/// What the parser is given for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueStyle {
    Placeholder,
    /// Where the grammar wants a string.
    Text,
}

/// The statements of a canonical text, each with its own slots.
pub(super) fn statements(canonical: Canonical<'_>) -> Vec<(&str, Vec<u32>)> {
    let mut lexer = Lexer::canonical(canonical.text, canonical.dialect);
    let mut ends: Vec<usize> = Vec::new();
    loop {
        let at = lexer.position();
        let Some(token) = lexer.next(|| place(canonical.text, at)) else { break };
        if token.kind == Kind::Semicolon {
            ends.push(token.start);
        }
    }
    ends.push(canonical.text.len());
    let mut start = 0;
    let mut statements = Vec::with_capacity(ends.len());
    for end in ends {
        let text = canonical.text.get(start..end).unwrap_or("");
        let statement = text.trim_start();
        let first = end - statement.len();
        let slots = canonical.slots.iter().filter(|&&slot| (first..end).contains(&(slot as usize)));
        let slots = slots.map(|&slot| slot - first as u32).collect();
        statements.push((statement, slots));
        start = end + 1;
    }
    statements
}

/// What the lexer is told of a place in a canonical text: there a `?` that is no value is an operator, and a `[` no name.
fn place(text: &str, at: usize) -> Place {
    let bytes = text.as_bytes();
    let at = if bytes.get(at) == Some(&b' ') { at + 1 } else { at };
    Place { after_operand: matches!(bytes.get(at), Some(b'?' | b'[' | b'#')), ..Place::default() }
}

/// The tokens, and how deep they nest; `None` where parsing them would take too long.
pub(super) fn tokens(canonical: Canonical<'_>, style: ValueStyle) -> Option<(Vec<TokenWithSpan>, Nesting)> {
    if canonical.text.len() > limits::TEXT {
        return None;
    }
    let mut lexer = Lexer::canonical(canonical.text, canonical.dialect);
    let mut tokens: Vec<TokenWithSpan> = Vec::with_capacity(canonical.text.len() / 4);
    let mut guard = Guard::default();
    let mut slots = canonical.slots.iter().enumerate().peekable();
    loop {
        let at = lexer.position();
        let place = place(canonical.text, at);
        let at = if canonical.text.as_bytes().get(at) == Some(&b' ') { at + 1 } else { at };
        let slot = slots.next_if(|&(_, &slot)| slot as usize == at).map(|(ordinal, _)| ordinal);
        let place = Place { after_operand: slot.is_none() && place.after_operand, ..place };
        let Some(token) = lexer.next(|| place) else { break };
        let text = lexer.slice(token);
        // `FROM ONLY t`: the parser would take it for a table of that name.
        let after_from = tokens
            .last()
            .and_then(|before| word(&before.token))
            .is_some_and(|word| matches!(word, "FROM" | "JOIN" | "UPDATE"));
        if text == "ONLY" && after_from {
            continue;
        }
        let token = match (token.kind, slot) {
            (_, Some(ordinal)) => value(&tokens, ordinal, style, guard.in_type_size()),
            (Kind::Word | Kind::Variable, _) => Token::make_word(text, None),
            (Kind::Quoted, _) => quoted(text),
            (Kind::Number, _) => Token::Number(text.to_owned(), false),
            (Kind::Open, _) => Token::LParen,
            (Kind::Close, _) => Token::RParen,
            (Kind::OpenBracket, _) => Token::LBracket,
            (Kind::CloseBracket, _) => Token::RBracket,
            (Kind::Comma, _) => Token::Comma,
            (Kind::Dot, _) => Token::Period,
            (Kind::Semicolon, _) => Token::SemiColon,
            (Kind::Operator, _) => operator(text),
            (Kind::Placeholder, _) => Token::Question,
            (Kind::Text | Kind::Broken, _) => return None,
        };
        guard.see(tokens.last(), &token)?;
        let location = Location { line: 1, column: at as u64 + 1 };
        tokens.push(TokenWithSpan { token, span: Span { start: location, end: location } });
    }
    Some((tokens, guard.nesting()))
}

/// What an ordinal of a value is written as for the parser.
pub(super) fn ordinal_of(text: &str) -> Option<usize> {
    text.strip_prefix('$')?.parse().ok()
}

fn value(before: &[TokenWithSpan], ordinal: usize, style: ValueStyle, type_size: bool) -> Token {
    if type_size {
        return Token::Number("1".to_owned(), false);
    }
    let typed = match before {
        [.., dot, _] if dot.token == Token::Period => false,
        [.., last] => word(&last.token).is_some_and(|word| {
            ["date", "time", "timestamp", "timestamptz"].iter().any(|known| word.eq_ignore_ascii_case(known))
        }),
        [] => false,
    };
    let name = format!("${ordinal}");
    if typed || style == ValueStyle::Text { Token::SingleQuotedString(name) } else { Token::Placeholder(name) }
}

fn quoted(text: &str) -> Token {
    let text = text.strip_prefix(['U', 'u']).and_then(|rest| rest.strip_prefix('&')).unwrap_or(text);
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    let doubled: String = [quote, quote].iter().collect();
    Token::make_word(&inner.replace(&doubled, &quote.to_string()), Some(quote))
}

fn operator(text: &str) -> Token {
    match text {
        "=" => Token::Eq,
        "==" => Token::DoubleEq,
        "!=" => Token::Neq,
        "<" => Token::Lt,
        ">" => Token::Gt,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "<=>" => Token::Spaceship,
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "%" => Token::Mod,
        "||" => Token::StringConcat,
        ":" => Token::Colon,
        "::" => Token::DoubleColon,
        ":=" => Token::Assignment,
        "\\" => Token::Backslash,
        "&" => Token::Ampersand,
        "|" => Token::Pipe,
        "^" => Token::Caret,
        "{" => Token::LBrace,
        "}" => Token::RBrace,
        "=>" => Token::RArrow,
        "#" => Token::Sharp,
        "##" => Token::DoubleSharp,
        "~" => Token::Tilde,
        "~*" => Token::TildeAsterisk,
        "!~" => Token::ExclamationMarkTilde,
        "!~*" => Token::ExclamationMarkTildeAsterisk,
        "~~" => Token::DoubleTilde,
        "~~*" => Token::DoubleTildeAsterisk,
        "!~~" => Token::ExclamationMarkDoubleTilde,
        "!~~*" => Token::ExclamationMarkDoubleTildeAsterisk,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        "&&" => Token::Overlap,
        "!" => Token::ExclamationMark,
        "!!" => Token::DoubleExclamationMark,
        "@" => Token::AtSign,
        "^@" => Token::CaretAt,
        "|/" => Token::PGSquareRoot,
        "||/" => Token::PGCubeRoot,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "#>" => Token::HashArrow,
        "#>>" => Token::HashLongArrow,
        "@-@" => Token::AtDashAt,
        "?-" => Token::QuestionMarkDash,
        "&<" => Token::AmpersandLeftAngleBracket,
        "&>" => Token::AmpersandRightAngleBracket,
        "&<|" => Token::AmpersandLeftAngleBracketVerticalBar,
        "|&>" => Token::VerticalBarAmpersandRightAngleBracket,
        "<->" => Token::TwoWayArrow,
        "<^" => Token::LeftAngleBracketCaret,
        ">^" => Token::RightAngleBracketCaret,
        "?#" => Token::QuestionMarkSharp,
        "?-|" => Token::QuestionMarkDashVerticalBar,
        "?||" => Token::QuestionMarkDoubleVerticalBar,
        "~=" => Token::TildeEqual,
        "<<|" => Token::ShiftLeftVerticalBar,
        "|>>" => Token::VerticalBarShiftRight,
        "@>" => Token::AtArrow,
        "<@" => Token::ArrowAt,
        "#-" => Token::HashMinus,
        "@?" => Token::AtQuestion,
        "@@" => Token::AtAt,
        "?" => Token::Question,
        "?&" => Token::QuestionAnd,
        "?|" => Token::QuestionPipe,
        other => Token::CustomBinaryOperator(other.to_owned()),
    }
}
