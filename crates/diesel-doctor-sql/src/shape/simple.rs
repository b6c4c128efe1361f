//! Statements whose syntax the normalizer already understands: they need no parser, and `sqlparser` does not know all of them.

use super::bind::BindRole;
use super::summary::quoted;
use super::table::Table;
use super::tokens::Canonical;
use super::tree::Tree;
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
        Operation::Copy => return copy(canonical.text, canonical.slots.len()),
        Operation::Maintenance => return maintenance(canonical.text),
        _ => false,
    };
    let slots = vec![BindRole::Other; canonical.slots.len()];
    let summary = used(canonical.text).map(|name| vec![(0, "USE".to_owned()), (1, name)]).unwrap_or_default();
    simple.then(|| Tree { operation: Some(operation), slots, summary, ..Tree::default() })
}

/// The database of MySQL's `USE name`.
fn used(text: &str) -> Option<String> {
    let name = text.strip_prefix("use ").or_else(|| text.strip_prefix("USE "))?.trim_matches(['"', '`']);
    Some(quoted(name))
}

/// The table of a name without quotes.
fn plain_table(name: &str) -> Table {
    let mut parts = name.rsplit('.').map(str::to_owned);
    let name = parts.next().unwrap_or_default();
    let schema = parts.next();
    Table { catalog: parts.next(), schema, name, alias: None }
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

/// `COPY table (columns) FROM stdin …`, `COPY table TO stdout …`; with a query or a name in quotes the parser is asked.
fn copy(text: &str, slots: usize) -> Option<Tree> {
    let rest = text.strip_prefix("COPY ")?;
    let end = rest.find([' ', '('])?;
    let name = rest.get(..end)?;
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.'))
    {
        return None;
    }
    let rest = rest.get(end..)?.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(columns) => columns.split_once(") ")?.1,
        None => rest,
    };
    let table = plain_table(name);
    let from = rest.starts_with("FROM ");
    if !from && !rest.starts_with("TO ") {
        return None;
    }
    Some(Tree {
        operation: Some(Operation::Copy),
        write_target: from.then(|| table.clone()),
        writes: from.then(|| table.clone()).into_iter().collect(),
        slots: vec![BindRole::Other; slots],
        summary: vec![(0, "COPY".to_owned()), (1, table.to_string())],
        tables: vec![table],
        ..Tree::default()
    })
}

/// `VACUUM`, `ANALYZE` and `REFRESH MATERIALIZED VIEW` of one table or none.
fn maintenance(text: &str) -> Option<Tree> {
    const OPTIONS: [&str; 8] = ["full", "FULL", "freeze", "verbose", "ANALYZE", "materialized", "VIEW", "concurrently"];
    let mut words = text.split(' ');
    let verb = words.next()?.to_ascii_uppercase();
    let refreshes = verb == "REFRESH";
    if !refreshes && !matches!(verb.as_str(), "VACUUM" | "ANALYZE") {
        return None;
    }
    let mut words = words.skip_while(|word| OPTIONS.contains(word));
    let table = words.next();
    let plain = |name: &str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'));
    if words.next().is_some() || (refreshes && table.is_none()) || !table.is_none_or(plain) {
        return None;
    }
    let table = table.map(plain_table);
    let named = table.iter().map(|table| (1, table.to_string()));
    Some(Tree {
        operation: Some(Operation::Maintenance),
        summary: std::iter::once((0, verb)).chain(named).collect(),
        writes: table.iter().filter(|_| refreshes).cloned().collect(),
        write_target: table.clone().filter(|_| refreshes),
        tables: table.into_iter().collect(),
        ..Tree::default()
    })
}
