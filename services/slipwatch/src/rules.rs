//! Rules from files: mappings and packs, read and compiled, with every mistake told.
//!
//! What must never enter: a check of its own (regime and wire check), a default pack.

use crate::{cli::Rules, failure::Failure, history::Reading};
use stages::intaking::FirstPack;
use std::{path::Path, sync::Arc};
use vocab::{pack::Pack, series::Count};
use wire::feed::Mapping;

/// Reads a file of at most so many bytes.
///
/// # Errors
/// [`Failure::Input`] when it is missing or unreadable.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Input(format!("read {}: {error}", path.display())))
}

/// Compiles a pack file.
///
/// # Errors
/// [`Failure::Configuration`] with every mistake.
pub fn pack(path: &Path) -> Result<FirstPack, Failure> {
    let bytes = read(path)?;
    let pack = compile(&path.display().to_string(), &bytes)?;
    Ok(FirstPack { pack: Arc::new(pack), bytes: Arc::from(bytes) })
}

/// Compiles the bytes of a pack.
///
/// # Errors
/// [`Failure::Configuration`] with every mistake.
pub fn compile(name: &str, bytes: &[u8]) -> Result<Pack, Failure> {
    regime::compile(name, bytes).map_err(|mistakes| Failure::Configuration(format!("{name} is not a valid pack\n\n{mistakes}")))
}

/// Compiles a mapping file.
///
/// # Errors
/// [`Failure::Configuration`] with every mistake.
pub fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let bytes = read(path)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| Failure::Configuration(format!("{name} is not UTF-8 text")))?;
    Mapping::parse(&name, &text).map_err(|mistakes| Failure::Configuration(mistakes.to_string()))
}

/// How the rows of an input become events.
///
/// # Errors
/// As [`mapping`].
pub fn reading(rules: &Rules) -> Result<Reading, Failure> {
    rules.mapping.as_deref().map_or(Ok(Reading::Native), |path| Ok(Reading::Mapped(Arc::new(mapping(path)?))))
}

/// The pack to activate in a new log.
///
/// # Errors
/// As [`pack`]; [`Failure::Configuration`] when the mapping is of another regime.
pub fn first_pack(rules: &Rules, reading: &Reading) -> Result<Option<FirstPack>, Failure> {
    let Some(path) = &rules.pack else { return Ok(None) };
    let first = pack(path)?;
    if let Reading::Mapped(mapping) = reading
        && *mapping.regime() != first.pack.regime
    {
        let (of_mapping, of_pack) = (mapping.regime(), &first.pack.regime);
        return Err(Failure::Configuration(format!(
            "the mapping is for regime `{of_mapping}` and the pack {} for `{of_pack}`: no record would count; set `regime` in one of them",
            path.display()
        )));
    }
    Ok(Some(first))
}

/// The source's own words for the three counts.
#[must_use]
pub fn words(reading: &Reading) -> [String; 3] {
    match reading {
        Reading::Mapped(mapping) => Count::ALL.map(|count| mapping.word(count).to_owned()),
        Reading::Native => Count::ALL.map(|count| count.as_str().to_owned()),
    }
}
