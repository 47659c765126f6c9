//! The bytes of a feed's file: opened, recognised as plain, gzip or zstd, decompressed, counted.
//!
//! Compression is told by the first bytes; a name that promises one and does not keep it is an error, not a column of
//! rubbish. Here are only bytes: rows are cut in `rows`.

use super::mistake::Mistakes;
use std::{
    fs::File,
    io::{self, BufReader, Chain, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const UTF16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
/// Bytes asked of a file at once: enough that the system call does not count.
const READ_BYTES: usize = 1 << 17;

/// Why a file cannot be read as a feed at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {source}")]
    Unreadable {
        /// The file as it was named.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The name says it is compressed, the bytes do not.
    #[error("{file} is named like a {promised} file, but its bytes are not {promised}: rename it, or compress it again")]
    Mislabelled {
        /// The file as it was named.
        file: String,
        /// What the name promises.
        promised: &'static str,
    },
    /// The text is UTF-16.
    #[error("{file} is written in UTF-16: save it as UTF-8")]
    Utf16 {
        /// The file as it was named.
        file: String,
    },
    /// The file has no rows.
    #[error("{file} is empty: {expected}")]
    Empty {
        /// The file as it was named.
        file: String,
        /// What should be there.
        expected: &'static str,
    },
    /// The mapping names columns that the file does not have.
    #[error("the mapping does not fit {file}:\n{mistakes}")]
    Columns {
        /// The file as it was named.
        file: String,
        /// Each column, and those that are present.
        mistakes: Mistakes,
    },
}

/// Counts what passes, for a progress bar that goes by compressed bytes.
struct Counted<R> {
    input: R,
    passed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.passed.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

/// The decompressed bytes of a feed.
pub(super) struct Stream {
    /// The bytes.
    pub(super) input: Box<dyn Read + Send>,
    /// How many compressed bytes were read so far.
    pub(super) passed: Arc<AtomicU64>,
    /// How many there are, where that is known.
    pub(super) total: Option<u64>,
}

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<Stream, OpenError> {
    let name = path.display().to_string();
    let unreadable = |source| OpenError::Unreadable { file: name.clone(), source };
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let stream = recognise(&name, Box::new(file))?;
    Ok(Stream { total: Some(total), ..stream })
}

/// Recognises how bytes are compressed and reads through it; `name` is the file's, for its ending and for messages.
pub(super) fn recognise(name: &str, input: Box<dyn Read + Send>) -> Result<Stream, OpenError> {
    let passed = Arc::new(AtomicU64::new(0));
    let mut input = BufReader::with_capacity(READ_BYTES, Counted { input, passed: Arc::clone(&passed) });
    let unreadable = |source| OpenError::Unreadable { file: name.to_owned(), source };
    let mut head = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut head).map_err(unreadable)?;
    let is = |magic: &[u8]| head.starts_with(magic);
    for (ending, promised, magic) in [(".gz", "gzip", &GZIP[..]), (".zst", "zstd", &ZSTD[..])] {
        if name.ends_with(ending) && !is(magic) {
            return Err(OpenError::Mislabelled { file: name.to_owned(), promised });
        }
    }
    if UTF16.iter().any(|mark| is(mark)) {
        return Err(OpenError::Utf16 { file: name.to_owned() });
    }
    let (is_gzip, is_zstd) = (is(&GZIP), is(&ZSTD));
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(head).chain(input);
    let input: Box<dyn Read + Send> = if is_gzip {
        Box::new(flate2::read::MultiGzDecoder::new(whole))
    } else if is_zstd {
        Box::new(zstd::stream::read::Decoder::new(whole).map_err(unreadable)?)
    } else {
        Box::new(whole)
    };
    Ok(Stream { input, passed, total: None })
}
