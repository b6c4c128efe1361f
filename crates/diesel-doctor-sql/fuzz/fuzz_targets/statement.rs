//! Any text gives a statement, its canonical text is a fixed point, and everything asked of it answers.

#![no_main]

use diesel_doctor_sql::{Dialect, Statement};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let dialect = match first % 4 {
        0 => Dialect::PostgreSql,
        1 => Dialect::MySql,
        2 => Dialect::Sqlite,
        _ => Dialect::Unknown,
    };
    let text = String::from_utf8_lossy(rest);
    let once = Statement::new(&text, dialect);
    let twice = Statement::new(once.normalized(), dialect);
    assert_eq!(once.normalized(), twice.normalized(), "not a fixed point");
    assert_eq!(once.fingerprint(), twice.fingerprint());
    assert!(!once.normalized().contains('\'') || once.normalized().contains(['"', '`']), "a quote of a string is left");
    assert!(once.summary().len() <= 255);
    if let Some(shape) = once.shape() {
        for bind in 0..8 {
            let _ = shape.bind_role(bind);
        }
        assert!(shape.single_key().is_none() || shape.key_filters().len() == 1);
    }
    let _ = (once.level(), once.operation(), once.literals(), once.list_lengths().len());
});
