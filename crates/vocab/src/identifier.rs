//! Identifiers with check digits: IMO ship numbers, containers, legal entities; and kept-but-flagged invalid ones.
//!
//! A parsed identifier is right by construction. What a source typed wrongly is never dropped: [`Checked`] keeps the text
//! and says that it failed. Country codes live in `place`.

use alloc::sync::Arc;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a text is no such identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentifier {
    /// The wrong length or the wrong characters.
    #[error("wrong length or characters")]
    Shape,
    /// The last digit does not follow from the others.
    #[error("wrong check digit")]
    CheckDigit,
}

/// An identifier as a source gave it: valid, or kept as text and flagged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Checked<T> {
    /// Passed its check.
    Valid(T),
    /// Did not; the text as it came.
    Invalid(Arc<str>),
}

impl<T> Checked<T> {
    /// Whether the source's text failed its check.
    pub const fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }
}

macro_rules! checked {
    ($($name:ident)*) => {$(
        impl Checked<$name> {
            /// Takes a text as this identifier, or keeps it as invalid.
            #[must_use]
            pub fn of(text: &str) -> Self {
                $name::parse(text).map_or_else(|_| Self::Invalid(Arc::from(text)), Self::Valid)
            }
        }
        impl fmt::Display for Checked<$name> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Valid(identifier) => identifier.fmt(f),
                    Self::Invalid(text) => f.write_str(text),
                }
            }
        }
    )*};
}
checked! { ImoNumber ContainerNumber Lei }

fn decimal_digits<const N: usize>(text: &str) -> Option<[u32; N]> {
    let bytes: &[u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|digit| u32::from(digit - b'0')))
}

/// The number on a hull: seven digits, the last a check digit (IMO resolution A.1117(30): Σ d₁…d₆ × 7…2, its last digit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImoNumber(u32);

impl ImoNumber {
    /// Reads seven digits, with or without the prefix `IMO`.
    ///
    /// # Errors
    /// [`BadIdentifier`] for anything but seven digits, or a wrong last one.
    pub fn parse(text: &str) -> Result<Self, BadIdentifier> {
        let text = text.strip_prefix("IMO").unwrap_or(text).trim_start();
        let digits: [u32; 7] = decimal_digits(text).ok_or(BadIdentifier::Shape)?;
        let sum: u32 = digits.iter().zip([7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
        if sum % 10 != digits[6] {
            return Err(BadIdentifier::CheckDigit);
        }
        Ok(Self(digits.iter().fold(0, |number, digit| number * 10 + digit)))
    }
}

impl fmt::Display for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

/// A freight container (ISO 6346): owner code, category U, J or Z, six digits and a check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContainerNumber([u8; 11]);

impl ContainerNumber {
    /// Reads `CSQU3054383`.
    ///
    /// # Errors
    /// [`BadIdentifier`] for another shape or a wrong check digit (ISO 6346 annex A: weights 2ⁱ, modulo 11, 10 counts as 0).
    pub fn parse(text: &str) -> Result<Self, BadIdentifier> {
        let bytes: [u8; 11] = text.as_bytes().try_into().map_err(|_| BadIdentifier::Shape)?;
        let shape = bytes[..3].iter().all(u8::is_ascii_uppercase)
            && matches!(bytes[3], b'U' | b'J' | b'Z')
            && bytes[4..].iter().all(u8::is_ascii_digit);
        if !shape {
            return Err(BadIdentifier::Shape);
        }
        let sum: u32 = bytes[..10].iter().enumerate().map(|(place, byte)| iso6346_value(*byte) << place).sum();
        if sum % 11 % 10 != u32::from(bytes[10] - b'0') {
            return Err(BadIdentifier::CheckDigit);
        }
        Ok(Self(bytes))
    }
}

/// Letters count 10 to 38 leaving out the multiples of 11 (11, 22, 33); digits count as themselves.
fn iso6346_value(byte: u8) -> u32 {
    if byte.is_ascii_digit() {
        return u32::from(byte - b'0');
    }
    let letter = u32::from(byte - b'A');
    let value = 10 + letter;
    value + u32::from(letter >= 1) + u32::from(letter >= 11) + u32::from(letter >= 21)
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

/// A legal entity (ISO 17442): 20 characters, modulo 97 equal to 1 (ISO 7064, MOD 97-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lei([u8; 20]);

impl Lei {
    /// Reads `5493001KJTIIGC8Y1R12`.
    ///
    /// # Errors
    /// [`BadIdentifier`] for another shape or a wrong remainder.
    pub fn parse(text: &str) -> Result<Self, BadIdentifier> {
        let bytes: [u8; 20] = text.as_bytes().try_into().map_err(|_| BadIdentifier::Shape)?;
        let shape = bytes[..18].iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) && bytes[18..].iter().all(u8::is_ascii_digit);
        if !shape {
            return Err(BadIdentifier::Shape);
        }
        let remainder = bytes.iter().fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
        });
        if remainder == 1 { Ok(Self(bytes)) } else { Err(BadIdentifier::CheckDigit) }
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}
