//! Plain lines of a file or a pipe, in batches: native events need no mapping.
//!
//! The same cutting as for rows, with positions and breaks; what a line says is the reader's affair.

use super::{
    rows::{Cutter, Pace, RawBatch},
    stream::{self, OpenError, Stream},
};
use std::{
    io::{self, Read},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

/// The lines of one file.
pub struct Lines {
    cutter: Cutter,
    passed: Arc<AtomicU64>,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("passed", &self.passed).finish_non_exhaustive()
    }
}

impl Lines {
    /// Opens a file; plain, gzip or zstd.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self::of_stream(stream::open(path)?, Pace::Batch))
    }

    /// The same over any bytes, such as standard input: lines are handed out as they arrive. `name` is for messages and for
    /// its ending.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read.
    pub fn of(name: &str, input: Box<dyn Read + Send>) -> Result<Self, OpenError> {
        Ok(Self::of_stream(stream::recognise(name, input)?, Pace::Arrival))
    }

    fn of_stream(stream: Stream, pace: Pace) -> Self {
        let Stream { input, passed, total: _ } = stream;
        Self { cutter: Cutter::of_lines(input, pace), passed }
    }

    /// The next lines; nothing at the end of the file.
    ///
    /// # Errors
    /// [`io::Error`] when the file can no longer be read. A stream that breaks off is no error but a refused line.
    pub fn next_batch(&mut self) -> io::Result<Option<RawBatch>> {
        self.cutter.batch()
    }

    /// Bytes of the file read so far, compressed as they are; shared, for a progress bar.
    #[must_use]
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.passed)
    }
}
