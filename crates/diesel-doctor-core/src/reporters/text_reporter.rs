//! The reporter that prints text for people.

use std::io::{self, Write};

use diesel_doctor_analysis::Report;
use diesel_doctor_analysis::render::text::{Style, render};

use super::Reporter;
use super::stream::Stream;

/// Prints reports as text, to standard error by default.
///
/// On a terminal it uses colours, unless `NO_COLOR`, `CLICOLOR` or `CLICOLOR_FORCE` say otherwise. Each report is written in one
/// piece.
///
/// ```
/// use diesel_doctor_core::reporters::{Style, TextReporter};
///
/// let on_the_terminal = TextReporter::stderr();
/// let into_a_buffer = TextReporter::to(Vec::new()).style(Style::Coloured);
/// ```
#[derive(Debug)]
pub struct TextReporter {
    stream: Stream,
    style: Option<Style>,
}

impl TextReporter {
    /// Prints to standard error.
    pub fn stderr() -> Self {
        Self { stream: Stream::Stderr, style: None }
    }

    /// Prints to standard output.
    pub fn stdout() -> Self {
        Self { stream: Stream::Stdout, style: None }
    }

    /// Prints to a writer, and flushes it after each report. Without colours, unless a style is set.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self { stream: Stream::to(writer), style: None }
    }

    /// Sets the style, whatever the stream is and the environment says.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = Some(style);
        self
    }
}

impl Default for TextReporter {
    fn default() -> Self {
        Self::stderr()
    }
}

impl Reporter for TextReporter {
    fn report(&self, report: &Report) -> io::Result<()> {
        let style =
            self.style.unwrap_or_else(|| if self.stream.wants_colours() { Style::Coloured } else { Style::Plain });
        // An empty line separates reports.
        self.stream.write(&(render(report, style) + "\n"))
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;
    use std::sync::{Arc, Mutex};

    use super::*;
    use diesel_doctor_analysis::render::fixtures;

    #[derive(Clone, Debug, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_writer_gets_plain_text_and_a_line_between_reports() {
        let written = Shared::default();
        let reporter = TextReporter::to(written.clone());
        let report = fixtures::with_findings(vec![fixtures::n_plus_one()]);
        reporter.report(&report).unwrap();
        reporter.report(&report).unwrap();
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, format!("{report}\n{report}\n"));
    }

    #[test]
    fn a_writer_gets_colours_where_they_are_asked_for() {
        let written = Shared::default();
        let report = fixtures::clean("GET /posts", 1);
        TextReporter::to(written.clone()).style(Style::Coloured).report(&report).unwrap();
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("\u{1b}[92m"), "{text:?}");
    }

    /// The environment belongs to the whole process, so this test runs itself again in child processes.
    #[test]
    fn colours_follow_the_stream_and_the_environment() {
        const CHILD: &str = "TEST_PRINTS_A_REPORT";
        if env::var_os(CHILD).is_some() {
            TextReporter::stderr().report(&fixtures::clean("GET /posts", 1)).unwrap();
            return;
        }
        let is_coloured = |variables: &[(&str, &str)]| {
            let name = "reporters::text_reporter::tests::colours_follow_the_stream_and_the_environment";
            let mut command = Command::new(env::current_exe().unwrap());
            command.args([name, "--exact", "--nocapture"]).env(CHILD, "1");
            for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
                command.env_remove(name);
            }
            let printed = command.envs(variables.iter().copied()).output().unwrap().stderr;
            let printed = String::from_utf8(printed).unwrap();
            assert!(printed.contains("clean: GET /posts: no findings in 1 query"), "{printed:?}");
            printed.contains('\u{1b}')
        };
        assert!(!is_coloured(&[]), "a pipe is no terminal");
        assert!(is_coloured(&[("CLICOLOR_FORCE", "1")]));
        assert!(!is_coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }
}
