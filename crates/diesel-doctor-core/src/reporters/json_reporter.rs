//! The reporter that writes JSON for programs.

use std::io::{self, Write};

use diesel_doctor_analysis::Report;
use diesel_doctor_analysis::render::json::to_string;

use super::Reporter;
use super::stream::Stream;

/// Writes reports as JSON Lines: one object per line. It [wants repetitions](Reporter::wants_repetitions).
///
/// ```
/// use std::fs::File;
/// use diesel_doctor_core::reporters::JsonReporter;
///
/// # fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("diesel-doctor-{}.jsonl", std::process::id()));
/// let into_a_file = JsonReporter::to(File::create(&path)?);
/// # drop(into_a_file);
/// # std::fs::remove_file(path)
/// # }
/// ```
#[derive(Debug)]
pub struct JsonReporter {
    stream: Stream,
}

impl JsonReporter {
    /// Writes to standard error.
    pub fn stderr() -> Self {
        Self { stream: Stream::Stderr }
    }

    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self { stream: Stream::Stdout }
    }

    /// Writes to a writer, and flushes it after each report.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self { stream: Stream::to(writer) }
    }
}

impl Reporter for JsonReporter {
    fn report(&self, report: &Report) -> io::Result<()> {
        self.stream.write(&(to_string(report) + "\n"))
    }

    /// Programs filter reports themselves.
    fn wants_repetitions(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use diesel_doctor_analysis::render::fixtures;

    /// A writer that sends each piece of text to a channel.
    struct Pieces(Sender<String>);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_report_is_one_line_written_at_once() {
        let (sender, receiver) = channel();
        let reporter = JsonReporter::to(Pieces(sender));
        let reports = [fixtures::clean("a\nb", 1), fixtures::with_findings(vec![fixtures::n_plus_one()])];
        for report in &reports {
            reporter.report(report).unwrap();
        }
        drop(reporter);
        let pieces: Vec<String> = receiver.iter().collect();
        assert_eq!(pieces, reports.each_ref().map(|report| to_string(report) + "\n"));
        assert!(pieces.iter().all(|piece| piece.matches('\n').count() == 1));
    }

    #[test]
    fn it_wants_repetitions() {
        assert!(JsonReporter::stderr().wants_repetitions());
    }
}
