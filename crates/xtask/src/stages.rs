//! The steps of a task: each is announced, timed and judged.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::totals::Totals;

/// The steps of one task, in order.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    done: Vec<(String, Duration)>,
    failures: Vec<String>,
    totals: Totals,
}

impl Stages {
    /// Runs `step`; an error ends the task.
    pub(crate) fn step<T>(&mut self, name: &str, step: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        eprintln!("── {name}");
        let started = Instant::now();
        let result = step();
        self.done.push((name.to_owned(), started.elapsed()));
        result.with_context(|| format!("stage `{name}`"))
    }

    /// Runs a command whose failure leaves the following steps meaningful.
    pub(crate) fn command(&mut self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        let status = self.step(name, || command.status().with_context(|| format!("{command:?} could not be run")))?;
        if !status.success() {
            self.failures.push(name.to_owned());
        }
        Ok(())
    }

    /// Runs a check whose failure leaves the following steps meaningful.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> anyhow::Result<()>) {
        if let Err(error) = self.step(name, check) {
            eprintln!("error: {error:#}");
            self.failures.push(name.to_owned());
        }
    }

    /// Runs a command that runs tests, and counts them.
    pub(crate) fn tests(&mut self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        let mut totals = self.totals;
        let status = self.step(name, || {
            let mut child =
                command.stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?} could not be run"))?;
            let mut output = BufReader::new(child.stdout.take().context("no output to read")?);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line)? > 0 {
                let text = String::from_utf8_lossy(&line);
                print!("{text}");
                totals.add_line(&text);
                line.clear();
            }
            Ok(child.wait()?)
        })?;
        self.totals = totals;
        if !status.success() {
            self.failures.push(name.to_owned());
        }
        Ok(())
    }

    /// How many steps failed so far.
    pub(crate) fn failed(&self) -> usize {
        self.failures.len()
    }

    /// The tests counted so far.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// Prints how long each step took and what failed, and says what the process is to end with.
    pub(crate) fn conclude(&self, result: anyhow::Result<()>) -> ExitCode {
        for (name, elapsed) in &self.done {
            println!("{:>8.1} s  {name}", elapsed.as_secs_f64());
        }
        match result.and_then(|()| self.verdict()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    /// An error that names the steps that failed, if any did.
    fn verdict(&self) -> anyhow::Result<()> {
        ensure!(self.failures.is_empty(), "failed: {}", self.failures.join(", "));
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn tests_are_counted_and_a_failure_is_named() {
        let mut stages = Stages::default();
        stages.tests("first", &mut sh("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'")).unwrap();
        assert_eq!(stages.failed(), 0);
        stages.tests("second", &mut sh("echo 'test result: FAILED. 1 passed; 4 failed; 0 ignored'; exit 101")).unwrap();
        assert_eq!(stages.totals().to_string(), "3 passed, 4 failed");
        assert_eq!(stages.verdict().unwrap_err().to_string(), "failed: second");
    }

    #[test]
    fn a_command_that_cannot_be_run_ends_the_task() {
        let mut stages = Stages::default();
        let error = stages.command("absent", &mut Command::new("/nonexistent/program")).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }

    #[test]
    fn a_check_that_fails_is_named_and_the_next_one_runs() {
        let mut stages = Stages::default();
        stages.check("first", || anyhow::bail!("a reason"));
        stages.check("second", || Ok(()));
        assert_eq!(stages.verdict().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn output_that_is_no_text_does_not_end_the_count() {
        let mut stages = Stages::default();
        stages.tests("bytes", &mut sh("printf '\\377\\n'; echo 'test result: ok. 1 passed; 0 failed'")).unwrap();
        assert_eq!(stages.totals().passed, 1);
    }
}
