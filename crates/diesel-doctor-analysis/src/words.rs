//! Formats counts, times and dialects for reports.

use std::time::Duration;

use diesel_doctor_sql::Dialect;

/// `1 query`, `20 queries`, `1 connection`.
pub fn counted(count: u64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

/// `0 ms`, `412 µs`, `4.1 ms`, `1.23 s`. Digits are cut, not rounded, so that nothing looks longer than it was.
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}

/// `postgresql`, `mysql`, `sqlite`, or `unknown`.
pub fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::PostgreSql => "postgresql",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_or_three_digits_that_matter() {
        let shown = |nanos| duration(Duration::from_nanos(nanos));
        assert_eq!(shown(999), "0 ms");
        assert_eq!(shown(412_000), "412 µs");
        assert_eq!(shown(4_190_000), "4.1 ms");
        assert_eq!(shown(1_239_000_000), "1.23 s");
        assert_eq!(duration(Duration::MAX), "18446744073709551615.99 s");
    }
}
