//! Operators of more than one character.

/// The operators of all three databases that have more than one character, longest first.
const COMMON: [&[u8]; 15] =
    [b"->>", b"<=>", b"->", b"<=", b">=", b"<>", b"!=", b"==", b"||", b"&&", b"<<", b">>", b":=", b"::", b"~~"];

/// Those of PostgreSQL and its usual extensions, longest first.
const POSTGRES: [&[u8]; 60] = [
    b"!~~*", b"<<->", b"<->>", b"->>", b"#>>", b"<=>", b"<->", b"<#>", b"<+>", b"<~>", b"<%>", b"!~~", b"!~*", b"~~*",
    b"<<|", b"|>>", b"&<|", b"|&>", b"-|-", b"<<=", b">>=", b"||/", b"@-@", b"@@@", b"<<%", b"%>>", b"->", b"#>",
    b"#-", b"##", b"<=", b">=", b"<>", b"!=", b"||", b"|/", b"&&", b"<<", b">>", b"@>", b"<@", b"@@", b"@?", b"~~",
    b"~*", b"!~", b"!!", b"=>", b"^@", b"~=", b"~>", b"&<", b"&>", b"<^", b">^", b"<%", b"%>", b"*=", b"==", b"::",
];

/// How many bytes of a text its first operator takes.
pub(super) fn operator_length(rest: &[u8], postgres: bool) -> usize {
    // The common case: one character, nothing that could belong to it.
    match rest.get(1) {
        Some(
            b'=' | b'>' | b'<' | b'-' | b'|' | b'&' | b'@' | b'~' | b'*' | b'#' | b'/' | b'!' | b'^' | b'%' | b'+'
            | b'?' | b':',
        ) => {}
        _ => return 1,
    }
    let table: &[&[u8]] = if postgres { &POSTGRES } else { &COMMON };
    table.iter().find(|operator| rest.starts_with(operator)).map_or(1, |operator| operator.len())
}
