//! Which files a log has taken in, and how far: what lets `import` resume exactly where it stopped.
//!
//! A file is known by its beginning, not by its name. What must never enter: what the rows mean.

use crate::{
    failure::Failure,
    file,
    history::{FileFrom, History},
    history_feed::Reached,
};
use journal::Store;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stages::{
    intaking::{INTAKE, inputs_of},
    message::Message,
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};
use vocab::time::Day;

/// Bytes at the beginning of a file by which it is known again.
const HEAD_BYTES: u64 = 1 << 16;

/// A file as the log remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its name when it was read.
    pub name: String,
    /// SHA-256 of its first 64 KiB (of all of it, if shorter).
    pub head: String,
    /// Its length then, bytes.
    pub bytes: u64,
    /// Lines taken in, once all of it was read.
    pub lines: u64,
}

impl Known {
    /// Whether a file begins with what was hashed of this one.
    fn is_beginning_of(&self, path: &Path) -> bool {
        let Ok(head) = beginning(path) else { return false };
        let hashed = usize::try_from(self.bytes.min(HEAD_BYTES)).unwrap_or(usize::MAX);
        head.get(..hashed).is_some_and(|head| hash(head) == self.head)
    }

    /// Hashes more of a file that was short when it was last looked at, so that it is told from the one that follows it under
    /// the same name: both may begin with the same header.
    fn look_again(&mut self, path: &Path) {
        if self.bytes < HEAD_BYTES
            && self.is_beginning_of(path)
            && let Ok(now) = known(path)
        {
            *self = Self { lines: self.lines, ..now };
        }
    }
}

/// The page of inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files that are in as a whole.
    pub done: Vec<Known>,
    /// Files that are being read.
    pub open: Vec<Known>,
    /// Lines after which the open files are read.
    pub after: Vec<u64>,
    /// The last day that was complete before the open files, if any was.
    pub base: Option<i32>,
}

/// What is to be done with some files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// They are in already.
    Nothing,
    /// Read these; days up to `done` are in.
    Read {
        /// The files and lines to read from.
        files: Vec<FileFrom>,
        /// The page to write while reading.
        page: Inputs,
        /// The last day that was complete before these files.
        base: Option<Day>,
        /// The last day of these files that is in.
        done: Option<Day>,
    },
}

impl Inputs {
    /// Reads the page, if there is one.
    ///
    /// # Errors
    /// [`Failure::Other`] when it is no such page.
    pub fn read(body: Option<&[u8]>) -> Result<Self, Failure> {
        body.map_or_else(|| Ok(Self::default()), |body| serde_json::from_slice(body).map_err(|error| Failure::Other(error.into())))
    }

    /// What is to be done with some files, when days up to `marked` are complete.
    ///
    /// # Errors
    /// [`Failure::Input`] when one cannot be read.
    pub fn plan(&self, paths: &[PathBuf], marked: Option<Day>) -> Result<Plan, Failure> {
        let asked = paths.iter().map(|path| known(path)).collect::<Result<Vec<_>, _>>()?;
        if !self.open.is_empty() && heads(&self.open).eq(heads(&asked)) {
            let files = paths.iter().zip(&self.after).map(|(path, after_line)| FileFrom {
                path: path.clone(),
                bundled: None,
                after_line: *after_line,
            });
            return Ok(Plan::Read { files: files.collect(), page: self.clone(), base: self.base.map(Day), done: marked });
        }
        let mut files = Vec::new();
        let mut open = Vec::new();
        for (path, file) in paths.iter().zip(asked) {
            let before = self.done.iter().rfind(|done| done.head == file.head);
            if before.is_some_and(|done| done.bytes == file.bytes) {
                continue;
            }
            files.push(FileFrom { path: path.clone(), bundled: None, after_line: before.map_or(0, |done| done.lines) });
            open.push(file);
        }
        if files.is_empty() {
            return Ok(Plan::Nothing);
        }
        let after = files.iter().map(|file| file.after_line).collect();
        let page = Self { done: self.done.clone(), open, after, base: marked.map(|day| day.0) };
        Ok(Plan::Read { files, page, base: marked, done: None })
    }

    /// The page when days up to one, or all of the files, are in.
    #[must_use]
    pub fn write(&self, reached: Reached, history: &History) -> Vec<u8> {
        let page = match reached {
            Reached::Day(_) => self.clone(),
            Reached::End => {
                let lines = self.open.iter().zip(history.lines());
                let read = lines.map(|(file, lines)| Known { lines: *lines, ..file.clone() });
                let kept = self.done.iter().filter(|done| self.open.iter().all(|open| open.head != done.head)).cloned();
                Self { done: kept.chain(read).collect(), ..Self::default() }
            }
        };
        let mut body = Vec::new();
        crate::lines::write(&page, &mut body);
        body
    }
}

/// How far a followed file was read: the part of the page that a live log keeps.
#[derive(Clone, Debug, Default)]
pub struct Following {
    inputs: Inputs,
    file: Option<Known>,
    path: PathBuf,
}

impl Following {
    /// Takes up a followed file again; standard input cannot be taken up.
    ///
    /// # Errors
    /// [`Failure`] of the log or the file.
    pub fn restore(store: &mut impl Store<Record = Message>, input: &Path) -> Result<Self, Failure> {
        let pages = store.pages(INTAKE).map_err(file::failed)?;
        let inputs = Inputs::read(inputs_of(&pages))?;
        if input == Path::new("-") {
            return Ok(Self { inputs, file: None, path: PathBuf::new() });
        }
        let asked = known(input)?;
        let mut before = inputs.done.iter().rfind(|done| done.head == asked.head);
        if before.is_none() {
            // A file that was short when it was last seen has another head now. Its name alone does not make it that file: a
            // rotated log has the same, and its first lines would be passed over.
            before = inputs.done.iter().rfind(|done| done.name == asked.name).filter(|done| done.is_beginning_of(input));
        }
        let lines = before.map_or(0, |done| done.lines);
        Ok(Self { file: Some(Known { lines, ..asked }), inputs, path: input.to_path_buf() })
    }

    /// The last line that is in.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.lines)
    }

    /// Notes that a line is in.
    pub fn reached(&mut self, line: u64) {
        if let Some(file) = &mut self.file {
            file.lines = line;
        }
    }

    /// The page that says so.
    #[must_use]
    pub fn page(&mut self) -> Vec<u8> {
        let mut page = self.inputs.clone();
        if let Some(file) = &mut self.file {
            file.look_again(&self.path);
            page.done.retain(|done| done.name != file.name);
            page.done.push(file.clone());
        }
        let mut body = Vec::new();
        crate::lines::write(&page, &mut body);
        body
    }
}

fn heads(files: &[Known]) -> impl Iterator<Item = &str> {
    files.iter().map(|file| file.head.as_str())
}

fn known(path: &Path) -> Result<Known, Failure> {
    let unreadable = |error: std::io::Error| Failure::Input(format!("read {}: {error}", path.display()));
    let head = beginning(path).map_err(unreadable)?;
    let hashed = u64::try_from(head.len()).unwrap_or(HEAD_BYTES);
    // A short file may grow between the two looks: its length is what was hashed.
    let bytes = if hashed < HEAD_BYTES { hashed } else { std::fs::metadata(path).map_err(unreadable)?.len() };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Known { name, head: hash(&head), bytes, lines: 0 })
}

fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn hash(head: &[u8]) -> String {
    Sha256::digest(head).iter().map(|byte| format!("{byte:02x}")).collect()
}
