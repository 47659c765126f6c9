//! Who may hand messages in, and for which feeds: bearer tokens from a file, each bound to sources.
//!
//! ```toml
//! [[token]]
//! name = "kr-customs, from 2026"      # shown in logs
//! sha256 = "…"                        # 64 hexadecimal digits; or `token = "…"`
//! sources = ["kr-customs"]            # feeds it may speak for; needed
//! ```
//! Only hashes are kept in memory, and every one is compared whole: the time a comparison takes says nothing. What must never
//! enter: a token in a log line, a message or a `Debug` text.

use serde::Deserialize;
use service_kit::Live;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, fmt, path::Path};
use subtle::ConstantTimeEq as _;
use vocab::name::SourceId;

/// Fewest characters of a token: what fits in less can be guessed.
const TOKEN_LETTERS_MIN: usize = 16;

/// The tokens that open the door. None at all lets nobody in.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    holders: Vec<Holder>,
}

/// The tokens that open a door by now: another file may be read while it is open. Requests that were let in are answered.
pub type Keys = Live<Tokens>;

/// Whose token it is.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) name: String,
    sha256: [u8; 32],
    sources: BTreeSet<SourceId>,
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder").field("name", &self.name).field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Holder {
    /// Whether it may speak for a feed.
    pub(super) fn speaks_for(&self, source: &SourceId) -> bool {
        self.sources.contains(source)
    }
}

/// Why a file of tokens cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTokens {
    /// It cannot be read.
    #[error("read the tokens {path}: {detail}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// It is no such file.
    #[error("tokens, line {line}: {detail}")]
    Malformed {
        /// Line from 1.
        line: usize,
        /// What is wrong; never the text of the line, which may be a secret.
        detail: String,
    },
    /// A token cannot be used.
    #[error("token {place}: {detail}")]
    Bad {
        /// Its place in the file, from 1.
        place: usize,
        /// What is wrong with it.
        detail: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    sha256: Option<String>,
    token: Option<String>,
    sources: Vec<String>,
}

impl Tokens {
    /// Reads a file of tokens.
    ///
    /// # Errors
    /// [`BadTokens`].
    pub fn read(path: &Path) -> Result<Self, BadTokens> {
        let unreadable = |error: std::io::Error| BadTokens::Unreadable { path: path.display().to_string(), detail: error.to_string() };
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// [`BadTokens`], without the text itself.
    pub fn parse(text: &str) -> Result<Self, BadTokens> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            BadTokens::Malformed { line, detail: without_values(error.message()) }
        })?;
        let mut holders: Vec<Holder> = Vec::new();
        for (place, row) in (1..).zip(file.token) {
            let holder = holder(row).map_err(|detail| BadTokens::Bad { place, detail })?;
            if holders.iter().any(|other| other.sha256 == holder.sha256) {
                return Err(BadTokens::Bad { place, detail: "is there twice: give it all its sources in one place" });
            }
            holders.push(holder);
        }
        Ok(Self { holders })
    }

    /// Whose token it is, if anybody's.
    pub(super) fn holder(&self, token: &str) -> Option<usize> {
        let sha256: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        // All of them, whichever fits: the answer takes as long for the last as for none.
        let mut found = None;
        for (place, holder) in self.holders.iter().enumerate() {
            if bool::from(holder.sha256.ct_eq(&sha256)) {
                found = Some(place);
            }
        }
        found
    }

    pub(super) fn at(&self, place: usize) -> Option<&Holder> {
        self.holders.get(place)
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.holders.len()
    }
}

/// A parser's sentence up to where it may quote the file.
fn without_values(message: &str) -> String {
    message.split(['"', '\'']).next().unwrap_or_default().trim().to_owned()
}

fn holder(row: Row) -> Result<Holder, &'static str> {
    let sha256 = match (row.sha256, row.token) {
        (Some(text), None) => vocab::record::SealHash::parse(&text.to_ascii_lowercase()).ok_or("sha256 is not 64 hexadecimal digits")?.0,
        (None, Some(token)) if token.chars().count() < TOKEN_LETTERS_MIN => return Err("token has fewer than 16 characters"),
        (None, Some(token)) => Sha256::digest(token.as_bytes()).into(),
        (Some(_), Some(_)) => return Err("has both sha256 and token: one is enough"),
        (None, None) => return Err("has neither sha256 nor token"),
    };
    let sources = row.sources.iter().map(|text| SourceId::parse(text).map_err(|_| "sources holds a text that is no name"));
    let sources: BTreeSet<SourceId> = sources.collect::<Result<_, _>>()?;
    if sources.is_empty() {
        return Err("sources is empty: a token speaks for the feeds it names, and for no other");
    }
    Ok(Holder { name: row.name, sha256, sources })
}
