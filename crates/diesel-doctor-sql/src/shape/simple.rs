//! Statements whose syntax the normalizer already understands: they need no parser, and `sqlparser` does not know all of them.

use super::Tree;
use super::table::Table;
use super::tokens::Canonical;
use crate::Operation;

/// The tree of a statement that is nothing but a few words.
pub(super) fn tree(canonical: Canonical<'_>, operation: Operation) -> Option<Tree> {
    const TRANSACTION_WORDS: [&str; 24] = [
        "BEGIN",
        "START",
        "TRANSACTION",
        "COMMIT",
        "END",
        "ABORT",
        "ROLLBACK",
        "TO",
        "SAVEPOINT",
        "RELEASE",
        "?",
        "isolation",
        "level",
        "read",
        "write",
        "ONLY",
        "committed",
        "uncommitted",
        "repeatable",
        "serializable",
        "NOT",
        "deferrable",
        "deferred",
        "immediate",
    ];
    const MORE: [&str; 9] = ["exclusive", "AND", "chain", "no", "WITH", "consistent", "snapshot", "concurrent", ","];
    let mut words = canonical.text.split([' ']).map(|word| word.trim_end_matches(','));
    let simple = match operation {
        Operation::Begin
        | Operation::Commit
        | Operation::Rollback
        | Operation::Savepoint
        | Operation::Release
        | Operation::RollbackTo => words.all(|word| TRANSACTION_WORDS.contains(&word) || MORE.contains(&word)),
        Operation::Set => setting(canonical.text),
        Operation::Pragma => {
            let text = canonical.text.strip_prefix("PRAGMA ").unwrap_or_default();
            let name = text.strip_suffix(" = ?").or_else(|| text.strip_suffix(" (?)")).unwrap_or(text);
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        }
        Operation::Copy => return copy(canonical.text),
        _ => false,
    };
    simple.then(|| Tree { operation: Some(operation), ..Tree::default() })
}

/// `SET name = ?` and the like; `RESET name`.
fn setting(text: &str) -> bool {
    let Some((verb, rest)) = text.split_once(' ') else { return false };
    let names = rest.strip_suffix(" = ?").or_else(|| rest.strip_suffix(" TO ?")).or_else(|| rest.strip_suffix(" ?"));
    let words = match (verb, names) {
        ("SET", Some(names)) => names,
        ("SET", None) if rest.starts_with("CONSTRAINTS ") || rest.starts_with("constraints ") => rest,
        ("SET", None) if rest.contains("TRANSACTION ") => rest,
        ("RESET" | "USE" | "use" | "discard", _) => rest,
        _ => return false,
    };
    words
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b' ' | b'@' | b'"' | b'`' | b','))
}

/// `COPY table (columns) FROM stdin …`, `COPY table TO stdout …`; with a query the parser is asked.
fn copy(text: &str) -> Option<Tree> {
    let rest = text.strip_prefix("COPY ")?;
    let end = rest.find([' ', '('])?;
    let name = rest.get(..end)?;
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'"'))
    {
        return None;
    }
    let rest = rest.get(end..)?.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(columns) => columns.split_once(") ")?.1,
        None => rest,
    };
    let (schema, name) = name.rsplit_once('.').map_or((None, name), |(schema, name)| (Some(schema), name));
    let unquote = |name: &str| name.trim_matches('"').to_owned();
    let table = Table { schema: schema.map(unquote), name: unquote(name), alias: None };
    let from = rest.starts_with("FROM ");
    if !from && !rest.starts_with("TO ") {
        return None;
    }
    Some(Tree {
        operation: Some(Operation::Copy),
        write_target: from.then(|| table.clone()),
        summary: vec![(0, "COPY".to_owned()), (1, table.to_string())],
        tables: vec![table],
        ..Tree::default()
    })
}
