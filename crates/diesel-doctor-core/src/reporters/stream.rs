//! The streams that reporters write to. Each report is written in one piece, so that reports of several threads do not mix.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use anstream::{AutoStream, ColorChoice};

/// A stream that several threads may write to.
#[derive(Debug)]
pub(super) enum Stream {
    Stderr,
    Stdout,
    Writer(SharedWriter),
}

impl Stream {
    pub(super) fn to(writer: impl Write + Send + 'static) -> Self {
        Self::Writer(SharedWriter { writer: Mutex::new(Box::new(writer)), holder: Mutex::new(None) })
    }

    /// Whether to use colours: on a terminal, unless the environment says otherwise.
    pub(super) fn wants_colours(&self) -> bool {
        let choice = match self {
            Self::Stderr => AutoStream::choice(&io::stderr()),
            Self::Stdout => AutoStream::choice(&io::stdout()),
            Self::Writer(_) => ColorChoice::Never,
        };
        choice != ColorChoice::Never
    }

    /// Writes the whole text with its escape sequences. They are translated for a Windows console that does not support them.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        match self {
            Self::Stderr => write_and_flush(&mut AutoStream::always(io::stderr().lock()), text),
            Self::Stdout => write_and_flush(&mut AutoStream::always(io::stdout().lock()), text),
            Self::Writer(writer) => writer.write(text),
        }
    }
}

fn write_and_flush(stream: &mut dyn Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// A writer of the user's. It may itself run queries in a scope whose report arrives here on the same thread. That write is
/// refused, because a plain mutex would deadlock.
pub(super) struct SharedWriter {
    writer: Mutex<Box<dyn Write + Send>>,
    holder: Mutex<Option<ThreadId>>,
}

impl SharedWriter {
    fn write(&self, text: &str) -> io::Result<()> {
        let thread = thread::current().id();
        if *self.holder.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread) {
            return Err(io::Error::new(io::ErrorKind::Deadlock, "the writer of a report reported to itself"));
        }
        // A writer that panicked once may be used again.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = Held::new(&self.holder, thread);
        write_and_flush(&mut **writer, text)
    }
}

impl fmt::Debug for SharedWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWriter").finish_non_exhaustive()
    }
}

/// Names the thread that is writing, until this is dropped.
struct Held<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> Held<'a> {
    fn new(holder: &'a Mutex<Option<ThreadId>>, thread: ThreadId) -> Self {
        *holder.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Self(holder)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Arc, OnceLock};

    use super::*;

    /// Collects text that the test can read: one entry for each call to `write`.
    #[derive(Clone, Debug, Default)]
    struct Pieces(Arc<Mutex<Vec<String>>>);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_text_is_written_in_one_piece() {
        let pieces = Pieces::default();
        let stream = Stream::to(pieces.clone());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| stream.write("one\ntwo\n").unwrap());
            }
        });
        assert_eq!(*pieces.0.lock().unwrap(), ["one\ntwo\n"; 4]);
    }

    #[test]
    fn a_writer_that_reports_to_itself_gets_an_error() {
        struct Recursive(Arc<OnceLock<Stream>>, Arc<Mutex<Vec<io::ErrorKind>>>);
        impl Write for Recursive {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let error = self.0.get().unwrap().write("inner").unwrap_err();
                self.1.lock().unwrap().push(error.kind());
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (stream, errors) = (Arc::new(OnceLock::new()), Arc::new(Mutex::new(Vec::new())));
        stream.set(Stream::to(Recursive(stream.clone(), errors.clone()))).unwrap();
        stream.get().unwrap().write("outer").unwrap();
        assert_eq!(*errors.lock().unwrap(), [io::ErrorKind::Deadlock]);
    }

    #[test]
    fn a_writer_that_panicked_is_written_to_again() {
        struct PanicsOnce(bool, Pieces);
        impl Write for PanicsOnce {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                assert!(std::mem::replace(&mut self.0, true), "the first write panics");
                self.1.write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let pieces = Pieces::default();
        let stream = Stream::to(PanicsOnce(false, pieces.clone()));
        catch_unwind(AssertUnwindSafe(|| stream.write("lost"))).unwrap_err();
        stream.write("kept").unwrap();
        assert_eq!(*pieces.0.lock().unwrap(), ["kept"]);
    }

    #[test]
    fn errors_of_the_writer_are_returned() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(Stream::to(Full).write("text").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
