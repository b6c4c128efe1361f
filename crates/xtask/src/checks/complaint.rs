//! What a command that failed has to say.

use std::process::Command;

use anyhow::Context as _;

/// Runs a command in silence; nothing if it succeeds, else what it wrote to standard error.
pub(crate) fn complaint(command: &mut Command) -> anyhow::Result<Option<String>> {
    let output = command.output().with_context(|| format!("{command:?} could not be run"))?;
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(script: &str, expected: Option<&str>) {
        assert_eq!(complaint(Command::new("sh").args(["-c", script])).unwrap().as_deref(), expected);
    }

    #[test]
    fn who_fails_is_heard_and_who_succeeds_is_not() {
        check("echo out; echo why >&2; exit 1", Some("why"));
        check("exit 1", Some(""));
        check("echo warning >&2", None);
    }
}
