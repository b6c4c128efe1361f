//! OpenTelemetry's `db.query.summary`.

use super::Tree;
use crate::Operation;

/// The longest summary, in bytes.
const LONGEST: usize = 255;

/// Operations and tables in source order, as many as fit.
pub(crate) fn summary(operation: Operation, tree: Option<&Tree>) -> String {
    let parts = tree.map(|tree| tree.summary.as_slice()).unwrap_or_default();
    if parts.is_empty() {
        return operation.as_str().to_owned();
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
