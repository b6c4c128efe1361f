//! The cells as tables.

use std::fmt::Write as _;

use super::{Cell, Scope, Site};

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Helped => "helped",
            Self::Wrong => "wrong",
        }
    }
}

impl Site {
    fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
        }
    }
}

/// An array of objects.
pub fn json(cells: &[Cell]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| {
            serde_json::json!({
                "connection": cell.connection,
                "pool": cell.pool,
                "hop": cell.hop,
                "scope": cell.scope.word(),
                "site": cell.site.word(),
                "note": cell.note,
            })
        })
        .collect();
    format!("{:#}", serde_json::Value::Array(cells))
}

/// A table for the documentation: one for each connection and pool.
pub fn markdown(cells: &[Cell]) -> String {
    let mut table = String::new();
    for group in cells.chunk_by(|a, b| (a.connection, a.pool) == (b.connection, b.pool)) {
        let Some(first) = group.first() else { continue };
        let pool = if first.pool == "none" { "without a pool".to_owned() } else { format!("in {}", first.pool) };
        let _ =
            write!(table, "\n### `{}`, {pool}\n\n| hop | scope | call site | |\n|---|---|---|---|\n", first.connection);
        for cell in group {
            let _ = writeln!(table, "| {} | {} | {} | {} |", cell.hop, cell.scope.word(), cell.site.word(), cell.note);
        }
    }
    table
}

/// A line for each cell.
pub fn text(cells: &[Cell]) -> String {
    let mut lines = String::new();
    for Cell { connection, pool, hop, scope, site, note } in cells {
        let (scope, site) = (scope.word(), site.word());
        let _ = writeln!(lines, "{connection:<52} {pool:<9} {hop:<50} {scope:<7} {site:<8} {note}");
    }
    lines
}
