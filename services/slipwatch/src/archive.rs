//! Archives: the admitted log of a database as one file, to keep, to move and to replay.
//!
//! Records are the bytes that are stored, with their origins, among them the marks; so an archive decides what its log decided. It
//! says where it ends, and every part of it carries a checksum: a torn end is told from a flipped bit. What must never enter: a
//! decision, what a record means.

mod feed;
mod lines;
mod segments;

pub use feed::{Carried, Ended, LogFeed, Place, Start, Target};

use crate::failure::Failure;
use journal::sqlite::{Link, StoredEntry, link};
use serde::{Deserialize, Serialize};
use stages::bytes::word_of;
use std::{
    fmt,
    fs::File,
    io::{BufReader, BufWriter, Read as _, Seek as _, Write},
    path::{Path, PathBuf},
};
use wire::stored::Stored;

/// Version of both forms.
const VERSION: u32 = 1;

/// What an archive says of itself first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// Version of the form.
    pub archive: u32,
    /// Generation of the log.
    pub generation: u32,
    /// Version of the judgement that the log was under; another one may read it, and decides anew.
    pub judgement: String,
}

/// What an archive says at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct End {
    /// Records and marks in it.
    pub entries: u64,
    /// Records among them.
    pub records: u64,
    /// The last link of their chain, as `crates/journal/FILE.md` has it, in hexadecimal.
    pub link: String,
    /// The page that says which files were taken in and how far, base64: whoever goes on with the log goes on with them.
    pub inputs: Option<String>,
}

/// What comes next in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A record or a mark.
    Entry(Stored),
    /// The end.
    End(End),
    /// The file ends before the archive does; so many bytes of a part that is not whole were left unread.
    Torn {
        /// Bytes.
        bytes: u64,
    },
}

/// What gives the entries of a log, one after the other, from its beginning.
pub trait Entries {
    /// What comes next. Behind an end comes nothing.
    ///
    /// # Errors
    /// [`Failure::No`] when it is damaged there; another [`Failure`] when it cannot be read.
    fn next_entry(&mut self) -> Result<Next, Failure>;

    /// What people call it.
    fn title(&self) -> String;

    /// The failure of entries that are not what was written.
    fn damaged(&self, what: &str) -> Failure;
}

/// How an archive is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Protobuf in zstd segments: small, quick.
    Segments,
    /// JSON lines: readable with any tool.
    Lines,
}

impl Form {
    /// The form that the name of a file asks for: lines for `.jsonl`, else segments.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|ending| ending == "jsonl") { Self::Lines } else { Self::Segments }
    }
}

/// A link of the chain as it is written.
pub(crate) fn hexadecimal(link: &Link) -> String {
    link.iter().map(|byte| format!("{byte:02x}")).collect()
}

enum Sink {
    Segments(segments::Writer<BufWriter<File>>),
    Lines(lines::Writer<BufWriter<File>>),
}

/// An archive in the making. It gets its name when it is whole.
pub struct Writer {
    path: PathBuf,
    part: PathBuf,
    sink: Sink,
    entries: u64,
    records: u64,
    link: Link,
}

impl Writer {
    /// Begins an archive in the form that its name asks for.
    ///
    /// # Errors
    /// [`Failure::Usage`] when there is a file of that name; [`Failure::Output`] when it cannot be written.
    pub fn create(path: &Path, generation: u32, judgement: &str) -> Result<Self, Failure> {
        if path.exists() {
            return Err(Failure::Usage(format!(
                "{} exists: an archive is written once; name another file, or take it away",
                path.display()
            )));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        let header = Header { archive: VERSION, generation, judgement: judgement.to_owned() };
        let begun = File::create(&part).map(BufWriter::new).and_then(|file| {
            Ok(match Form::of(path) {
                Form::Segments => Sink::Segments(segments::Writer::begin(file, &header)?),
                Form::Lines => Sink::Lines(lines::Writer::begin(file, &header)?),
            })
        });
        let sink = begun.map_err(|error| cannot(&part, &error))?;
        Ok(Self { path: path.to_owned(), part, sink, entries: 0, records: 0, link: [0; 32] })
    }

    /// Adds an entry of the log.
    ///
    /// # Errors
    /// [`Failure::Output`]; [`Failure::No`] for a row that cannot be read.
    pub fn entry(&mut self, entry: &StoredEntry) -> Result<(), Failure> {
        let stored = match entry {
            StoredEntry::Row(row) => {
                self.records += 1;
                self.link = link(&self.link, row.tick, row.key.as_bytes(), &row.body);
                Stored::Admitted { origin: row.origin, bytes: row.body.clone() }
            }
            StoredEntry::Mark(_, mark) => Stored::Mark(word_of(mark)),
        };
        let written = match &mut self.sink {
            Sink::Segments(sink) => sink.entry(&stored),
            Sink::Lines(sink) => sink.entry(&stored),
        };
        self.entries += 1;
        written.map_err(|error| cannot(&self.part, &error))
    }

    /// The last link of what is in.
    #[must_use]
    pub const fn link(&self) -> &Link {
        &self.link
    }

    /// Ends the archive, makes it durable and gives it its name.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn finish(self, inputs: Option<&[u8]>) -> Result<End, Failure> {
        let text = |bytes: &[u8]| {
            let mut text = Vec::new();
            wire::base64::encode(bytes, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        };
        let end = End { entries: self.entries, records: self.records, link: hexadecimal(&self.link), inputs: inputs.map(text) };
        let ended = match self.sink {
            Sink::Segments(sink) => sink.end(&end),
            Sink::Lines(sink) => sink.end(&end),
        };
        let named = ended.and_then(|mut file| {
            file.flush()?;
            file.get_ref().sync_all()?;
            std::fs::rename(&self.part, &self.path)
        });
        named.map_err(|error| cannot(&self.part, &error))?;
        Ok(end)
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Output(format!("write {}: {error}", path.display()))
}

enum Source {
    Segments(segments::Reader<BufReader<File>>),
    Lines(lines::Reader<BufReader<File>>),
}

/// What is wrong with an archive, and where.
#[derive(Debug)]
struct Damage {
    at: String,
    what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// Why reading stops.
enum Bad {
    Damaged(Damage),
    Unreadable(std::io::Error),
}

impl From<std::io::Error> for Bad {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// An archive open for reading.
pub struct Archive {
    path: PathBuf,
    header: Header,
    source: Source,
}

impl Archive {
    /// Opens an archive of either form; what it is says its beginning, not its name.
    ///
    /// # Errors
    /// [`Failure::Input`] when it is missing, or no archive; [`Failure::Configuration`] when a newer program wrote it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: &std::io::Error| Failure::Input(format!("read {}: {error}", path.display()));
        let mut file = File::open(path).map_err(|error| unreadable(&error))?;
        let mut first = [0];
        let read = file.read(&mut first).and_then(|read| file.rewind().map(|()| read)).map_err(|error| unreadable(&error))?;
        let file = BufReader::new(file);
        let opened = if (read, first) == (1, *b"{") {
            lines::Reader::open(file).map(|(header, reader)| (header, Source::Lines(reader)))
        } else {
            segments::Reader::open(file).map(|(header, reader)| (header, Source::Segments(reader)))
        };
        let (header, source) = opened.map_err(|bad| match bad {
            Bad::Damaged(damage) => Failure::Input(format!("{} is no archive: {damage}", path.display())),
            Bad::Unreadable(error) => unreadable(&error),
        })?;
        if header.archive > VERSION {
            let (found, path) = (header.archive, path.display());
            return Err(Failure::Configuration(format!("{path} is an archive of version {found}; this program reads up to {VERSION}")));
        }
        Ok(Self { path: path.to_owned(), header, source })
    }

    /// What it says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }
}

impl Entries for Archive {
    fn next_entry(&mut self) -> Result<Next, Failure> {
        let next = match &mut self.source {
            Source::Segments(source) => source.next_entry(),
            Source::Lines(source) => source.next_entry(),
        };
        next.map_err(|bad| match bad {
            Bad::Damaged(damage) => self.damaged(&damage.to_string()),
            Bad::Unreadable(error) => Failure::Input(format!("read {}: {error}", self.path.display())),
        })
    }

    fn title(&self) -> String {
        self.path.display().to_string()
    }

    fn damaged(&self, what: &str) -> Failure {
        Failure::No(format!("the archive {} is damaged: {what}; take another copy of it", self.path.display()))
    }
}
