//! MariaDB's settings for one statement: `SET STATEMENT a = 1 FOR …`.

/// Where the statement starts behind such settings in a canonical text, which say nothing of it.
pub(crate) fn behind_settings(text: &str) -> usize {
    let mut rest = text;
    while rest.starts_with("SET statement ")
        && let Some((_, behind)) = rest.split_once(" FOR ")
    {
        rest = behind;
    }
    text.len() - rest.len()
}
