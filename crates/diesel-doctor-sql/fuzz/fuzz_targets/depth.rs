//! Nested syntax of any mixture: no text overflows a stack, however small that is, and a statement that parses answers.

#![no_main]

use std::thread;

use diesel_doctor_sql::{Dialect, Statement};
use libfuzzer_sys::fuzz_target;

#[path = "../../nesting/src/constructs.rs"]
#[allow(dead_code, reason = "names are for those who report")]
mod constructs;

use constructs::CONSTRUCTS;

/// Texts are not made longer, in bytes: beyond 16 KiB nothing is parsed.
const LONGEST: usize = 20 * 1024;

/// Nests constructs: of each pair of bytes the first says which, the second how often.
fn text(data: &[u8]) -> String {
    let levels = data.chunks_exact(2).filter_map(|pair| match pair {
        [which, times] => Some((&CONSTRUCTS[usize::from(*which) % CONSTRUCTS.len()], 1 + usize::from(*times) % 64)),
        _ => None,
    });
    let levels: Vec<_> = levels.collect();
    let (Some((first, _)), Some((last, _))) = (levels.first(), levels.last()) else { return String::new() };
    let mut text = first.before.to_owned();
    let mut closing = Vec::new();
    for (construct, times) in &levels {
        if text.len() > LONGEST {
            break;
        }
        text.push_str(&construct.open.repeat(*times));
        closing.push(construct.close.repeat(*times));
    }
    text.push_str(last.inside);
    for close in closing.iter().rev() {
        text.push_str(close);
    }
    text + first.behind
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let dialect = match first % 4 {
        0 => Dialect::PostgreSql,
        1 => Dialect::MySql,
        2 => Dialect::Sqlite,
        _ => Dialect::Unknown,
    };
    let size = if first & 4 == 0 { 64 << 10 } else { 2 << 20 };
    let text = text(rest);
    let ask = || {
        let statement = Statement::new(&text, dialect);
        assert!(statement.summary().len() <= 255);
        let shape = statement.shape().map(|shape| format!("{shape:?}"));
        assert_eq!(shape.is_some(), statement.level() == diesel_doctor_sql::Level::Parsed);
    };
    thread::scope(|scope| thread::Builder::new().stack_size(size).spawn_scoped(scope, ask).map(|thread| thread.join()))
        .expect("a thread starts")
        .expect("it answers");
});
