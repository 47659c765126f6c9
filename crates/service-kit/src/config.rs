//! Configuration: an annotated file of defaults, then a file, the environment and flags, each stronger than the one before.
//!
//! The defaults are the text people read (`--print-default-config` writes it, `deploy/config` keeps it), so the two cannot
//! drift apart. A key nobody knows is refused by name, whoever sets it. Secrets come from files of their own. Must never
//! enter: what a setting means, or a default in code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Profile};
use serde::de::DeserializeOwned;

use crate::exit::Exit;

/// Settings of a service: one struct, refusing keys it does not know (`deny_unknown_fields` on each section).
pub trait Settings: DeserializeOwned {
    /// The annotated TOML file of all defaults.
    const DEFAULTS: &'static str;
}

/// Where settings come from besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Names and values of the environment; those of ours with a section are settings (`SLIPWATCH_SECTION__KEY`).
    pub environment: Vec<(String, String)>,
    /// `section.key` and value, as flags say them: stronger than everything else.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// A file, the environment of this process, and flags.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        // A name that is no text is none of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self { file, environment: std::env::vars_os().filter_map(text).collect(), flags }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file of settings cannot be read.
    #[error("read the configuration {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Keys or values are wrong; a line for each.
    #[error("configuration: {}", .0.join("; "))]
    Wrong(Vec<String>),
    /// A file that holds a secret cannot be used.
    #[error("read the secret in {}: {why}", file.display())]
    Secret {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl BadConfig {
    /// How a process ends that cannot use its settings: a file that is not there is a missing input, all else a wrong configuration.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } => Exit::Input,
            Self::Wrong(_) | Self::Secret { .. } => Exit::Configuration,
        }
    }
}

/// The settings of all sources together: flag before environment (`SLIPWATCH_SECTION__KEY`) before file before default.
///
/// # Errors
/// [`BadConfig`] naming every key that is unknown, missing or of another type, and where it was set.
pub fn load<C: Settings>(sources: &Sources) -> Result<C, BadConfig> {
    extract(&merged::<C>(sources)?)
}

/// The same as text by key, `section.key`: for telling what differs between two readings.
///
/// # Errors
/// As [`load`], but that nothing is said of keys nobody knows.
pub fn values<C: Settings>(sources: &Sources) -> Result<BTreeMap<String, String>, BadConfig> {
    let all: Dict = extract(&merged::<C>(sources)?)?;
    let mut values = BTreeMap::new();
    flatten("", &all, &mut values);
    Ok(values)
}

pub(crate) fn extract<T: DeserializeOwned>(figment: &Figment) -> Result<T, BadConfig> {
    figment.extract().map_err(|errors| BadConfig::Wrong(errors.into_iter().map(|error| one_line(&error)).collect()))
}

fn merged<C: Settings>(sources: &Sources) -> Result<Figment, BadConfig> {
    let mut figment = Figment::from(Toml::string(C::DEFAULTS));
    if let Some(file) = &sources.file {
        // Read here, because a name that is no file is told apart from a file with mistakes.
        let text = std::fs::read_to_string(file).map_err(|source| BadConfig::Unreadable { file: file.clone(), source })?;
        figment = figment.merge(Named { name: file.display().to_string(), said: Said::Text(text) });
    }
    for (name, value) in &sources.environment {
        // Other variables of ours have no section, so two underscores tell a setting.
        let key = name.strip_prefix("SLIPWATCH_").filter(|key| key.contains("__"));
        if let Some(key) = key {
            let key = key.to_ascii_lowercase().replace("__", ".");
            figment = figment.merge(Named { name: format!("environment variable {name}"), said: Said::One(key, value.clone()) });
        }
    }
    for (key, value) in &sources.flags {
        figment = figment.merge(Named { name: "flags".to_owned(), said: Said::One(key.clone(), value.clone()) });
    }
    Ok(figment)
}

fn flatten(before: &str, dict: &Dict, values: &mut BTreeMap<String, String>) {
    for (key, value) in dict {
        let key = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
        match value {
            Value::Dict(_, inner) => flatten(&key, inner, values),
            other => drop(values.insert(key, shown(other))),
        }
    }
}

/// A value as people write it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{letter:?}"),
        Value::Bool(_, is_so) => is_so.to_string(),
        Value::Num(_, number) => number.to_i128().map_or_else(|| format!("{:?}", number.to_f64()), |whole| whole.to_string()),
        Value::Empty(_, _) => String::new(),
        Value::Dict(_, inner) => inner.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect::<Vec<_>>().join(", "),
        Value::Array(_, all) => format!("[{}]", all.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

/// Settings with the name of where they were set.
struct Named {
    name: String,
    said: Said,
}

enum Said {
    /// A TOML file.
    Text(String),
    /// One `section.key` and its value, read as TOML would; where that fails, it is text.
    One(String, String),
}

impl figment::Provider for Named {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<figment::value::Map<Profile, Dict>, figment::Error> {
        match &self.said {
            Said::Text(text) => Toml::string(text).data(),
            Said::One(key, value) => {
                let value: Value = value.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
                Serialized::global(key, value).data()
            }
        }
    }
}

/// One mistake: key, what is wrong, where it was set.
fn one_line(error: &figment::Error) -> String {
    let key = error.path.join(".");
    let place = error.metadata.as_ref().map_or("the defaults".to_owned(), |metadata| metadata.name.to_string());
    if key.is_empty() { format!("{} (in {place})", error.kind) } else { format!("{key}: {} (in {place})", error.kind) }
}

/// Something that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Reads a secret from a file of its own; the end of its last line does not belong to it.
    ///
    /// # Errors
    /// [`BadConfig::Secret`] when the file cannot be read or is empty.
    pub fn read(file: &Path) -> Result<Self, BadConfig> {
        let bad = |why: String| BadConfig::Secret { file: file.to_owned(), why };
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(Self(text.to_owned())) }
    }

    /// The secret itself, for the one place that sends or compares it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
