//! Reads one JSON string per line from standard input and prints what is understood of it, one line of JSON each.
//!
//! ```text
//! echo '"SELECT * FROM users WHERE id = 42"' | cargo run -p diesel-doctor-sql --example fingerprint -- --dialect postgres
//! ```

use std::io::{BufRead, Write};

use diesel_doctor_sql::{Dialect, Statement};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialect = dialect(std::env::args().skip(1))?;
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        writeln!(output, "{}", answer(&line, dialect))?;
        line.clear();
    }
    Ok(())
}

fn dialect(mut arguments: impl Iterator<Item = String>) -> Result<Dialect, String> {
    let mut dialect = Dialect::Unknown;
    while let Some(argument) = arguments.next() {
        let name = match argument.strip_prefix("--dialect") {
            Some("") => arguments.next().unwrap_or_default(),
            Some(rest) => rest.trim_start_matches('=').to_owned(),
            None => {
                return Err(format!("unknown argument {argument}, expected --dialect postgres|mysql|sqlite|unknown"));
            }
        };
        dialect = match name.as_str() {
            "postgres" | "postgresql" => Dialect::PostgreSql,
            "mysql" | "mariadb" => Dialect::MySql,
            "sqlite" => Dialect::Sqlite,
            "unknown" => Dialect::Unknown,
            other => return Err(format!("unknown dialect {other}, expected postgres, mysql, sqlite or unknown")),
        };
    }
    Ok(dialect)
}

fn answer(line: &[u8], dialect: Dialect) -> Value {
    let sql: String = match serde_json::from_slice(line) {
        Ok(sql) => sql,
        Err(error) => return json!({ "error": format!("not a JSON string: {error}") }),
    };
    let statement = Statement::new(&sql, dialect);
    let tables: Vec<String> =
        statement.shape().map(|shape| shape.tables().iter().map(ToString::to_string).collect()).unwrap_or_default();
    json!({
        "fingerprint": statement.fingerprint().to_string(),
        "level": statement.level().as_str(),
        "summary": statement.summary(),
        "normalized": statement.normalized(),
        "operation": statement.operation().as_str(),
        "tables": tables,
    })
}
