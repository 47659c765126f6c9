//! Values of a scenario file, each right by construction: shares, amounts, ranges, words.
//!
//! A wrong value is refused where it stands, with what would be right; the reader of TOML adds line and column. What must
//! never enter: a check that concerns two keys (`scenario`).

use serde::Deserialize;
use vocab::time::Week;

/// A share, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Share(f64);

impl Share {
    /// The number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let right = (0.0..=1.0).contains(&value);
        right.then_some(Self(value)).ok_or_else(|| format!("{value} is no share: write 0 to 1, as in 0.25 for a quarter"))
    }
}

/// What is left of a level after a fall: 0 up to, but not, 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Remainder(f64);

impl Remainder {
    /// The number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Remainder {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let right = (0.0..1.0).contains(&value);
        right
            .then_some(Self(value))
            .ok_or_else(|| format!("{value} is no fall: write what is left, from 0 to below 1, as in 0.5 for a half"))
    }
}

/// A number above zero and at most a million.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Amount(f64);

impl Amount {
    const MAX: f64 = 1e6;

    /// The number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Amount {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let right = value > 0.0 && value <= Self::MAX;
        right.then_some(Self(value)).ok_or_else(|| format!("{value} is out of range: write a number above 0, at most 1000000"))
    }
}

/// From one amount to another: each jurisdiction and measure draws its own, evenly on the scale of logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "[Amount; 2]")]
pub struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// The amount a share of the way up the scale of logarithms.
    #[must_use]
    pub fn at(self, share: f64) -> f64 {
        (self.low.ln() + share * (self.high.ln() - self.low.ln())).exp()
    }

    /// The largest amount.
    #[must_use]
    pub const fn high(self) -> f64 {
        self.high
    }
}

impl TryFrom<[Amount; 2]> for Range {
    type Error = String;

    fn try_from([low, high]: [Amount; 2]) -> Result<Self, String> {
        let (low, high) = (low.value(), high.value());
        (low <= high).then_some(Self { low, high }).ok_or_else(|| format!("[{low}, {high}] falls: write [{high}, {low}]"))
    }
}

/// From one number of weeks to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "[u16; 2]")]
pub struct Weeks {
    /// The fewest.
    pub low: u16,
    /// The most.
    pub high: u16,
}

impl TryFrom<[u16; 2]> for Weeks {
    type Error = String;

    fn try_from([low, high]: [u16; 2]) -> Result<Self, String> {
        (low <= high).then_some(Self { low, high }).ok_or_else(|| format!("[{low}, {high}] falls: write [{high}, {low}]"))
    }
}

/// A word that may be part of a key: small letters, digits and hyphens, at most 40 of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(String);

impl Word {
    const LETTERS_MAX: usize = 40;

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if !text.is_empty() && text.len() <= Self::LETTERS_MAX && text.chars().all(fits) && !text.starts_with('-') {
            return Ok(Self(text));
        }
        Err(format!(
            "\"{text}\" is no word of a key: write small letters, digits and hyphens, at most {}, as in \"half-shared\"",
            Self::LETTERS_MAX
        ))
    }
}

/// The ISO week in which everything begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FirstWeek(pub Week);

impl TryFrom<String> for FirstWeek {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Week::parse(&text).map(Self).map_err(|bad| format!("\"{text}\" is no week: {bad}; write it as in \"2015-W02\""))
    }
}
