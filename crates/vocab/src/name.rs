//! Names: short texts that a source, a pack or an authority gives to things, one type per meaning.
//!
//! A name is shared (`Arc<str>`), so that a million events that say `KR` hold one text between them.
//! It says nothing about validity beyond length and control characters; numbers with check digits live in `identifier`.

use alloc::{string::String, sync::Arc};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest name accepted, in bytes: long enough for every identifier scheme in use, short enough to bound state.
pub const NAME_BYTES_MAX: usize = 256;

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing, or only white space.
    #[error("empty")]
    Empty,
    /// Longer than [`NAME_BYTES_MAX`].
    #[error("longer than {NAME_BYTES_MAX} bytes")]
    TooLong,
    /// Contains a control character.
    #[error("contains a control character")]
    Control,
}

fn check(text: &str) -> Result<&str, BadName> {
    // Real feeds pad codes with spaces and no-break spaces, which would split one flag in two.
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    if text.is_empty() {
        return Err(BadName::Empty);
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(BadName::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(BadName::Control);
    }
    Ok(text)
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);
        impl $name {
            /// Takes a text as this kind of name, without surrounding white space.
            ///
            /// # Errors
            /// [`BadName`] when nothing is left, it is too long, or it holds a control character.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                Ok(Self(Arc::from(check(text)?)))
            }
            /// The text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

names! {
    /// A sanctions regime, such as `dprk`.
    RegimeId
    /// A measure of a regime, such as `2397/9` or `M-MARITIME-SEIZE`.
    MeasureId
    /// A jurisdiction: ISO 3166-1 or -2, or a pack's own code.
    JurisdictionCode
    /// A feed, in CloudEvents terms the `source`.
    SourceId
    /// What a source calls one thing of its own.
    SourceRecordId
    /// A story of records that belong together.
    CaseName
    /// A small code for what sort of act it was (physical, remote, warning, the source's own outcome word).
    Stratum
    /// A person or system that acted.
    ActorId
    /// A type of event, such as `inspection.refused`; also one that this version does not know.
    EventTypeName
    /// Any other short text: a ground, a resource, a metric, a document reference.
    Label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_also_of_no_break_spaces() {
        assert_eq!(JurisdictionCode::parse("\u{a0}KR ").unwrap().as_str(), "KR");
    }

    #[test]
    fn what_is_no_name_says_why() {
        assert_eq!(MeasureId::parse("  "), Err(BadName::Empty));
        assert_eq!(MeasureId::parse("a\nb"), Err(BadName::Control));
        assert_eq!(MeasureId::parse(&"x".repeat(NAME_BYTES_MAX + 1)), Err(BadName::TooLong));
    }
}
