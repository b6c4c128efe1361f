//! The lexer against the tokenizer of `sqlparser`, over every text that the tests know and over generated ones.

use proptest::prelude::*;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::{Kind, Lexer, Place};
use crate::Dialect;

/// What both sides call a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Quoted,
    Text,
    Number,
    Placeholder,
    Symbol,
}

fn ours(text: &str, dialect: Dialect) -> Option<Vec<(Class, &str)>> {
    let mut lexer = Lexer::new(text, dialect);
    let mut tokens = Vec::new();
    let mut place = Place::default();
    let mut brackets = 0;
    while let Some(token) = lexer.next(|| place) {
        let class = match token.kind {
            Kind::Word => Class::Word,
            Kind::Quoted => Class::Quoted,
            Kind::Text => Class::Text,
            Kind::Number => Class::Number,
            Kind::Placeholder | Kind::Variable => Class::Placeholder,
            Kind::Broken => return None,
            _ => Class::Symbol,
        };
        let slice = lexer.slice(token);
        match token.kind {
            Kind::OpenBracket => brackets += 1,
            Kind::CloseBracket => brackets -= 1,
            _ => {}
        }
        place = Place { after_operand: is_operand(class, slice), in_bracket: brackets > 0, ..Place::default() };
        tokens.push((class, slice));
    }
    Some(tokens)
}

fn is_operand(class: Class, text: &str) -> bool {
    match class {
        Class::Symbol => matches!(text, ")" | "]"),
        Class::Word => crate::keyword::Keyword::of(text.as_bytes()).is_none(),
        _ => true,
    }
}

fn theirs(text: &str, dialect: Dialect) -> Option<Vec<(Class, &str)>> {
    let grammar: &dyn Grammar = match dialect {
        Dialect::MySql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        _ => &PostgreSqlDialect {},
    };
    let tokens = Tokenizer::new(grammar, text).with_unescape(false).tokenize_with_location().ok()?;
    let mut classes: Vec<(Class, &str)> = Vec::new();
    for token in &tokens {
        let class = match &token.token {
            Token::EOF | Token::Whitespace(_) => continue,
            Token::Word(word) if word.quote_style.is_some() => Class::Quoted,
            Token::Word(_) => Class::Word,
            Token::Number(..) => Class::Number,
            Token::Placeholder(_) => Class::Placeholder,
            Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::HexStringLiteral(_) => Class::Text,
            _ => Class::Symbol,
        };
        let (start, end) = (offset(text, token.span.start), offset(text, token.span.end));
        let slice = text.get(start..end).unwrap_or("");
        match classes.last_mut() {
            // `:name` and `@name` are two tokens there.
            Some((before @ Class::Symbol, sign))
                if class == Class::Word && matches!(*sign, ":" | "@" | "@@") && adjoins(text, sign, slice) =>
            {
                *before = Class::Placeholder;
                let from = sign.as_ptr() as usize - text.as_ptr() as usize;
                *sign = text.get(from..end).unwrap_or("");
            }
            _ => classes.push((class, slice)),
        }
    }
    Some(classes)
}

fn adjoins(text: &str, before: &str, after: &str) -> bool {
    let at = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    at(before) + before.len() == at(after)
}

fn offset(text: &str, at: Location) -> usize {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(at.line.saturating_sub(1) as usize).map(str::len).sum();
    let line = lines.next().unwrap_or("");
    before + line.char_indices().nth(at.column.saturating_sub(1) as usize).map_or(line.len(), |(offset, _)| offset)
}

/// Every text of the other tests, in the dialects it is meant for.
fn texts() -> Vec<(Dialect, String)> {
    let mut texts = Vec::new();
    for line in include_str!("../../tests/pairs.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(4, ' ').skip(1);
        let (dialects, _, pair) = (parts.next().unwrap(), parts.next(), parts.next().unwrap());
        for text in pair.split(" ⟷ ") {
            let text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
            for letter in dialects.chars() {
                match letter {
                    'p' => texts.push((Dialect::PostgreSql, text.clone())),
                    'm' => texts.push((Dialect::MySql, text.clone())),
                    's' => texts.push((Dialect::Sqlite, text.clone())),
                    _ => {}
                }
            }
        }
    }
    for (dialect, collected) in [
        (Dialect::PostgreSql, include_str!("../../tests/dsl/postgres.txt")),
        (Dialect::MySql, include_str!("../../tests/dsl/mysql.txt")),
        (Dialect::Sqlite, include_str!("../../tests/dsl/sqlite.txt")),
    ] {
        texts.extend(collected.lines().map(|text| (dialect, text.to_owned())));
    }
    texts
}

/// Spellings that one side cuts in another way than the other, and why.
const CUT_OTHERWISE: [(Dialect, &str, &str); 7] = [
    (Dialect::MySql, "/*!", "the code in it is code; the places of its tokens are wrong there"),
    (Dialect::MySql, "/*M!", "a comment there"),
    (Dialect::MySql, "_utf8mb4'", "a string and its character set are one literal"),
    (Dialect::MySql, "_latin1 '", "a string and its character set are one literal"),
    (Dialect::Sqlite, "B'", "one literal in all dialects"),
    (Dialect::Sqlite, "b'", "one literal in all dialects"),
    (Dialect::PostgreSql, "0b101", "a number since PostgreSQL 16; a number and a word there"),
];

/// Whether both call a token the same, known differences aside.
fn agree(dialect: Dialect, ours: (Class, &str), theirs: (Class, &str)) -> bool {
    let (text, classes) = (ours.1, (ours.0, theirs.0));
    text == theirs.1
        && match classes {
            // `0xFF` is a string there.
            (Class::Number, Class::Text) => text.starts_with("0x"),
            // Variables, and placeholders that only other databases have, are names there.
            (Class::Placeholder, Class::Word) => dialect == Dialect::MySql && text.starts_with(['@', '$']),
            // Without a left operand it can be no operator.
            (Class::Placeholder, Class::Symbol) => dialect == Dialect::PostgreSql && text == "?",
            (ours, theirs) => ours == theirs,
        }
}

/// Whether both cut a text alike.
fn same_tokens(text: &str, dialect: Dialect) -> bool {
    match (ours(text, dialect), theirs(text, dialect)) {
        (Some(ours), Some(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(ours, theirs)| agree(dialect, *ours, *theirs))
        }
        (None, None) => true,
        _ => false,
    }
}

fn described(text: &str, dialect: Dialect) -> String {
    format!("{dialect:?}: {text}\n  {:?}\n  {:?}", ours(text, dialect), theirs(text, dialect))
}

#[test]
fn tokens_are_those_of_sqlparser_but_for_known_differences() {
    let mut known = [0; CUT_OTHERWISE.len()];
    let (mut compared, mut different) = (0, Vec::new());
    for (dialect, text) in texts() {
        let difference = CUT_OTHERWISE.iter().position(|(of, spelling, _)| *of == dialect && text.contains(spelling));
        let same = same_tokens(&text, dialect);
        compared += 1;
        match (same, difference) {
            (true, _) => {}
            (false, Some(at)) => known[at] += 1,
            (false, None) => different.push(described(&text, dialect)),
        }
    }
    assert!(different.is_empty(), "{} of {compared} differ:\n{}", different.len(), different.join("\n"));
    assert!(compared >= 2_000, "only {compared} texts");
    for (count, difference) in known.iter().zip(CUT_OTHERWISE) {
        assert!(*count > 0, "no difference any more: {difference:?}");
    }
}

/// A token as a dialect spells it; what both sides are known to cut differently is left out.
fn token(dialect: Dialect) -> BoxedStrategy<String> {
    const COMMON: [&str; 24] = [
        "(",
        ")",
        ",",
        ";",
        ".",
        "=",
        "!=",
        "<>",
        "<",
        ">",
        "<=",
        ">=",
        "+",
        "*",
        "/",
        "%",
        "||",
        "SELECT",
        "FROM",
        "In",
        "-",
        "/* a /b * */",
        "-- c\n",
        "\n\t",
    ];
    const POSTGRES: [&str; 18] = [
        "::",
        "->",
        "->>",
        "#>",
        "#>>",
        "@>",
        "<@",
        "@@",
        "&&",
        "<<",
        ">>",
        "~",
        "!~",
        "~*",
        "[",
        "]",
        "/* a /* b */ c */",
        "^@",
    ];
    const MYSQL: [&str; 6] = ["<=>", "&&", ":=", "@a", "@@b", "# d\n"];
    const SQLITE: [&str; 4] = ["==", "->", "->>", ":n"];
    let symbols = |more: &'static [&'static str]| {
        let all: Vec<&str> = COMMON.iter().chain(more).copied().collect();
        prop::sample::select(all).prop_map(str::to_owned).boxed()
    };
    let (symbols, others) = match dialect {
        Dialect::MySql => (
            symbols(&MYSQL),
            prop_oneof![
                "`[a-zA-Z \"'é]{0,5}(``)?[a-z]{0,3}`",
                r#""[a-zA-Z '`]{0,5}(""|\\"|\\\\)?[a-z]{0,3}""#,
                r"'[a-zA-Z ]{0,5}(''|\\'|\\\\)?[a-z]{0,3}'",
                "[?]",
            ]
            .boxed(),
        ),
        Dialect::Sqlite => (
            symbols(&SQLITE),
            prop_oneof![
                "`[a-zA-Z \"'é]{0,5}(``)?[a-z]{0,3}`",
                r#""[a-zA-Z '`\\]{0,5}("")?[a-z]{0,3}""#,
                r"\[[a-zA-Z ]{1,5}\]",
                "[?][0-9]{0,2}"
            ]
            .boxed(),
        ),
        _ => (
            symbols(&POSTGRES),
            prop_oneof![
                r#""[a-zA-Z '`\\é]{0,5}("")?[a-z]{0,3}""#,
                "[$][1-9][0-9]?",
                "[$][$][a-z' ]{0,6}[$][$]",
                "[$]t[$][a-z'$ ]{0,6}[$]t[$]",
                r"[eE]'[a-z ]{0,3}(''|\\'|\\\\)?[a-z]{0,3}'",
            ]
            .boxed(),
        ),
    };
    let strings = if dialect == Dialect::MySql { "'[a-z ;/*-]{0,6}'" } else { r"'[a-z ;/*\-\\]{0,6}(''[a-z]{0,3})?'" };
    prop_oneof![
        4 => "[a-z][a-z0-9_]{0,6}",
        1 => "[A-Zé日][a-zA-Z0-9_é]{0,3}",
        2 => "[0-9]{1,5}|[0-9]{1,3}[.][0-9]{1,3}|[1-9]e[0-9]{1,2}|[0-9][.][0-9]E[+-]?[0-9]",
        2 => strings,
        6 => symbols,
        3 => others,
    ]
    .boxed()
}

fn texts_of_tokens() -> impl Strategy<Value = (Dialect, String)> {
    prop::sample::select(vec![Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite]).prop_flat_map(|dialect| {
        prop::collection::vec(token(dialect), 0..24).prop_map(move |tokens| (dialect, tokens.join(" ")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_tokens_are_those_of_sqlparser((dialect, text) in texts_of_tokens()) {
        prop_assert!(same_tokens(&text, dialect), "{}", described(&text, dialect));
    }
}
