//! Lines of source files.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::doctor::PerProcess;

/// Source files that are kept for the process, and the size up to which one is.
const MAX_FILES: usize = 256;
const MAX_FILE_BYTES: u64 = 2 << 20;
/// A line longer than this, in bytes, is not shown.
const MAX_LINE_BYTES: usize = 400;

/// A line of a source file, without its line break; `None` when the file cannot be read, for example on a server without the
/// sources.
pub(super) fn source_line(file: &str, line: u32) -> Option<Arc<str>> {
    type Lines = Option<Arc<[Arc<str>]>>;
    static FILES: PerProcess<Mutex<HashMap<String, Lines>>> = PerProcess::new();

    let mut files = FILES.get_or_init(Mutex::default)?.lock().unwrap_or_else(PoisonError::into_inner);
    if !files.contains_key(file) {
        if files.len() >= MAX_FILES {
            files.clear();
        }
        let small =
            std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_FILE_BYTES);
        let text = small.then(|| std::fs::read_to_string(file).ok()).flatten();
        files.insert(file.to_owned(), text.map(|text| text.lines().map(Arc::from).collect()));
    }
    let lines = files.get(file)?.as_ref()?;
    lines.get((line as usize).checked_sub(1)?).filter(|text| text.len() <= MAX_LINE_BYTES).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_lines_are_read_and_absent_ones_are_not_there() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/closing/source_lines.rs");
        assert!(source_line(file, 1).is_some_and(|line| line.starts_with("//! Lines of source files")));
        assert_eq!(source_line(file, 0), None);
        assert_eq!(source_line(file, 100_000), None);
        assert_eq!(source_line("/no/such/place/main.rs", 1), None);
    }
}
