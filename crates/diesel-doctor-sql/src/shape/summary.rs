//! OpenTelemetry's `db.query.summary`.

use super::table::Table;
use super::tree::Tree;
use crate::Operation;

/// The longest summary, in bytes.
const LONGEST: usize = 255;

/// Operations and tables in source order, as many as fit.
pub(crate) fn summary(canonical: &str, operation: Operation, tree: Option<&Tree>) -> String {
    let parts = tree.map(|tree| tree.summary.as_slice()).unwrap_or_default();
    if parts.is_empty() {
        return verb(canonical, operation);
    }
    let mut summary = String::new();
    for (_, part) in parts {
        let length = summary.len() + usize::from(!summary.is_empty()) + part.len();
        if length > LONGEST {
            break;
        }
        if !summary.is_empty() {
            summary.push(' ');
        }
        summary.push_str(part);
    }
    summary
}

/// What a statement begins with: where an operation is a class of statements, its first word.
fn verb(canonical: &str, operation: Operation) -> String {
    const LONGEST_VERB: usize = 16;
    let first = canonical.split([' ', ';']).next().unwrap_or("");
    let is_word =
        !first.is_empty() && first.len() <= LONGEST_VERB && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    match operation {
        Operation::Call
        | Operation::Ddl
        | Operation::Grant
        | Operation::Prepare
        | Operation::Cursor
        | Operation::Notify
        | Operation::Maintenance
        | Operation::Other
            if is_word =>
        {
            first.to_ascii_uppercase()
        }
        _ => operation.as_str().to_owned(),
    }
}

/// A table as the summary names it.
pub(super) fn named(table: &Table) -> String {
    quoted(&table.to_string())
}

/// A name in the summary: in quotes where a space would split it.
pub(super) fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}
