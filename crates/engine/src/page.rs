//! Pages: pieces of a stage's state as bytes, with a version in front.
//!
//! A page may always be thrown away: the log rebuilds it. What must never enter: where pages are kept, or when.

use alloc::{string::String, vec::Vec};
use serde::{Serialize, de::DeserializeOwned};

/// Version of the bytes of every page of assessor and sentinel.
const VERSION: u8 = 6;

/// A piece of saved state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name, unique in its task.
    pub key: String,
    /// Its bytes; the first is the version.
    pub body: Vec<u8>,
}

/// Why a page cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPage {
    /// Written by another version.
    #[error("page version {found} where {VERSION} is read")]
    Version {
        /// The version it states.
        found: u8,
    },
    /// Not the bytes of a page.
    #[error("the bytes are no page")]
    Broken,
}

/// Writes a piece of state.
pub(crate) fn write(key: String, state: &impl Serialize) -> Page {
    let mut body = Vec::new();
    crate::seal::write(state, &mut body);
    body.insert(0, VERSION);
    Page { key, body }
}

/// Reads a piece of state back.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadPage> {
    match body.split_first() {
        None => Err(BadPage::Broken),
        Some((&VERSION, state)) => postcard::from_bytes(state).map_err(|_| BadPage::Broken),
        Some((&found, _)) => Err(BadPage::Version { found }),
    }
}
